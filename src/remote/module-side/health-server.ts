import { createServer, type Server } from "node:http";
import type { ModuleServer } from "./module-server.js";
import { listenWith } from "../wire/listen.js";
import type { SocketAddress } from "../wire/listen-address.js";

/**
 * Tells supervisors and Prometheus how a {@link ModuleServer} is doing: `GET /health` and `GET /health/ready`, with status
 * 503 while the modules are shutting down and after they failed to start; `GET /health/live`, which a process that has to
 * be killed doesn't answer; and `GET /metrics`. No single module changes a status.
 *
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`.
 */
export function serveHealth(server: ModuleServer, address: SocketAddress): Promise<Server> {
  const answers: Readonly<Record<string, () => readonly [status: number, type: string, body: string]>> = {
    "/health": () => [statusOf(server), "application/json", JSON.stringify(server.health)],
    "/health/live": () => [200, "text/plain", "live\n"],
    "/health/ready": () => [statusOf(server), "text/plain", `${readiness(server)}\n`],
    "/metrics": () => [200, "text/plain; version=0.0.4; charset=utf-8", server.metrics()],
  };
  const http = createServer((request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const [status, type, body] =
      request.method !== "GET" && request.method !== "HEAD"
        ? ([405, "text/plain", "Use GET\n"] as const)
        : Object.hasOwn(answers, path)
          ? answers[path]!()
          : ([404, "text/plain", `${Object.keys(answers).join(", ")} are the paths here\n`] as const);
    response.writeHead(status, { "content-type": type, "cache-control": "no-store", connection: "close" }).end(body);
  });
  return listenWith(http, address);
}

function statusOf({ health: { status } }: ModuleServer): number {
  return status === "waiting" || status === "running" ? 200 : 503;
}

/** `stale`: it runs an older configuration than the file has. */
function readiness({ health: { status, lastReload, isLastGood } }: ModuleServer): string {
  if (status !== "waiting" && status !== "running") return status;
  return isLastGood || lastReload?.outcome === "refused" ? "stale" : "ready";
}
