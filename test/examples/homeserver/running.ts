import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  startHomeserver,
  type HomeserverOptions,
  type RunningHomeserver,
} from "#examples/homeserver/start-homeserver.js";
import type { JsonObject } from "#src/index.js";
import { captureLogs, type LogRecord } from "#src/testing.js";
import { openEmpty, type Kind } from "./storages.js";
import { HttpClient } from "./http-client.js";

/** A running homeserver, what it has logged, and clients. */
export interface TestServer extends RunningHomeserver {
  readonly logs: readonly LogRecord[];
  /** A client of a new user. */
  register(username: string): Promise<HttpClient & { readonly userId: string; readonly body: JsonObject }>;
}

/** Starts the example homeserver on an empty storage of a kind, with modules and settings of a test. */
export async function startOn(
  kind: Kind,
  options: Pick<HomeserverOptions, "modules" | "settings" | "configFile"> = {},
): Promise<TestServer> {
  const storage = await openEmpty(kind);
  const dataDir = await mkdtemp(join(tmpdir(), "ligand-server-"));
  const { logger, records } = captureLogs({ all: true });
  const server = { serverName: "example.org", publicBaseUrl: "http://127.0.0.1/" };
  const settings = { passwordCost: 1024, ...options.settings };
  const running = await startHomeserver({
    modules: [],
    ...options,
    server,
    storage,
    dataDir,
    port: 0,
    logger,
    settings,
  });
  return {
    ...running,
    logs: records,
    async register(username) {
      const body = { username, password: "secret", auth: { type: "m.login.dummy" } };
      const answer = await new HttpClient(running.url).ask("POST", "/_matrix/client/v3/register", { body });
      const client = new HttpClient(running.url, String(answer.access_token));
      return Object.assign(client, { userId: String(answer.user_id), body: answer });
    },
    async stop() {
      await running.stop();
      await storage.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
