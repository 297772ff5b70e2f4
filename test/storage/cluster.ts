import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import pg from "pg";

/** The orders for the module of `cluster-process.ts`. */
export interface Order {
  readonly kind: "look up" | "invalidate";
  readonly id: string;
}

/** What it says. */
export type Report =
  | { readonly kind: "started" | "tick" | "tick everywhere" }
  | { readonly kind: "done"; readonly result: string | undefined };

export const SERVER = process.env.DATABASE_URL;
if (SERVER === undefined) {
  console.error("Nothing is tested on PostgreSQL: no DATABASE_URL is set; see scripts/with-postgres.mjs");
}

/** A process of a homeserver. */
export class Process {
  readonly #child: ChildProcess;
  /** How often its looping call has run, and the one that runs on every process. */
  readonly ticks = { tick: 0, "tick everywhere": 0 };

  constructor(server: string, name: string) {
    this.#child = fork(join(import.meta.dirname, "cluster-process.js"), [server, name]);
    this.#child.on("message", ({ kind }: Report) => {
      if (kind === "tick" || kind === "tick everywhere") this.ticks[kind] += 1;
    });
  }

  async started(): Promise<this> {
    await this.#report("started");
    return this;
  }

  async order(kind: Order["kind"], id: string): Promise<string | undefined> {
    const done = this.#report("done");
    this.#child.send({ kind, id } satisfies Order);
    const report = await done;
    return report.kind === "done" ? report.result : undefined;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #report(kind: Report["kind"]): Promise<Report> {
    return new Promise((resolve, reject) => {
      const hear = (report: Report) => {
        if (report.kind !== kind) return;
        this.#child.off("message", hear);
        resolve(report);
      };
      this.#child.on("message", hear);
      this.#child.once("exit", (code) =>
        reject(new RangeError(`the process ended with ${code} before it was ${kind}`)),
      );
    });
  }
}

/** Runs a statement on the server. */
export async function onServer<Row extends object>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: SERVER });
  await client.connect();
  try {
    return (await client.query<Row>(statement, parameters)).rows;
  } finally {
    await client.end();
  }
}

/** The server, for connections that a test wants to find again, by this name. */
export function serverFor(application: string): string {
  const url = new URL(SERVER!);
  url.searchParams.set("application_name", application);
  return url.href;
}

/** A way to the server on which everything can stop to move, though the connections stand; what is sent then is lost. */
export async function openProxy(): Promise<{ url: string; stall(): void; resume(): void; close(): void }> {
  const { hostname, port } = new URL(SERVER!);
  const sockets: Socket[] = [];
  let stalled = false;
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    sockets.push(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (data) => {
        if (!stalled) to.write(data);
      });
      from.on("close", () => to.destroy());
      from.on("error", () => to.destroy());
    }
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const url = new URL(SERVER!);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    url: url.href,
    stall: () => (stalled = true),
    resume: () => (stalled = false),
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

/** Ends the connections of {@link serverFor} from the side of the server; gives how many. */
export async function disconnect(application: string): Promise<number> {
  const statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
  return (await onServer(statement, [application])).length;
}
