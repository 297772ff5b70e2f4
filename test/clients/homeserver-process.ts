import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "./client.js";

const MAIN = "build/examples/homeserver/main.js";

/** A new database takes seconds, also on an idle machine. */
const START_MS = 120_000;

/** The example homeserver as `npm start` runs it. */
export interface HomeserverProcess {
  readonly url: string;
  /** All that it has written. */
  log(): string;
  register(username: string, password: string): Promise<void>;
  /** What the process holds of the machine's memory. */
  memoryMb(): Promise<number>;
  stop(): Promise<void>;
}

export async function startHomeserverProcess(): Promise<HomeserverProcess> {
  const folder = await mkdtemp(join(tmpdir(), "ligand-clients-"));
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN], { env: { ...env, PORT: "0", DATA_DIR: folder } });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  }
  const url = await waitFor(
    "the homeserver runs",
    () => {
      if (child.exitCode !== null) throw new Error(`The homeserver has ended:\n${log}`);
      return / runs at (http:\S+)\. /.exec(log)?.[1];
    },
    () => log,
    START_MS,
  );
  return {
    url,
    log: () => log,
    async register(username, password) {
      const body = JSON.stringify({ username, password, auth: { type: "m.login.dummy" } });
      const response = await fetch(`${url}/_matrix/client/v3/register`, { method: "POST", body });
      if (!response.ok) throw new Error(`${username} was not registered: ${await response.text()}`);
    },
    async memoryMb() {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "close");
        child.kill("SIGINT");
        await ended;
      }
      await rm(folder, { recursive: true });
    },
  };
}
