import { createServer, type Server } from "node:http";
import type { ModuleServer } from "./module-server.js";
import { listenWith } from "../wire/listen.js";
import type { SocketAddress } from "../wire/listen-address.js";

/**
 * Tells supervisors and Prometheus how a {@link ModuleServer} is doing: `GET /health`, with status 503 while the modules
 * are shutting down and after they failed to start, and `GET /metrics`.
 *
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`.
 */
export function serveHealth(server: ModuleServer, address: SocketAddress): Promise<Server> {
  const answers: Readonly<Record<string, () => readonly [status: number, type: string, body: string]>> = {
    "/health": () => {
      const { health } = server;
      const isWell = health.status === "waiting" || health.status === "running";
      return [isWell ? 200 : 503, "application/json", JSON.stringify(health)];
    },
    "/metrics": () => [200, "text/plain; version=0.0.4; charset=utf-8", server.metrics()],
  };
  const http = createServer((request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const [status, type, body] =
      request.method !== "GET" && request.method !== "HEAD"
        ? ([405, "text/plain", "Use GET\n"] as const)
        : Object.hasOwn(answers, path)
          ? answers[path]!()
          : ([404, "text/plain", `${Object.keys(answers).join(" and ")} are the paths here\n`] as const);
    response.writeHead(status, { "content-type": type, "cache-control": "no-store", connection: "close" }).end(body);
  });
  return listenWith(http, address);
}
