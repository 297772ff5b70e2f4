// What modules cost when messages are sent to the example homeserver, in processor time of its process: `npm run bench:homeserver`.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import autocannon from "autocannon";
import { conclude } from "../conclude.js";
import { record } from "../record.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { ratioOf, shuffled, spreadOf } from "../statistics.js";
import { table } from "../table.js";
import type { Room } from "./server.js";

/** How many modules, and the most that they may cost, × no module. */
const TARGETS = new Map([
  [0, undefined],
  [1, 1.02],
  [10, 1.05],
]);
const REQUESTS = 2_000;
const GROUP = "example homeserver: processor time of a message";

class Server {
  readonly samples: number[] = [];
  readonly #process: ChildProcess;
  #room: Room | undefined;

  constructor(count: number) {
    this.#process = fork(fileURLToPath(new URL("./server.js", import.meta.url)), [String(count)]);
  }

  async measure(): Promise<void> {
    this.#room ??= await this.#next<Room>();
    const before = await this.#cpuMs();
    await send(this.#room);
    this.samples.push(((await this.#cpuMs()) - before) / REQUESTS);
  }

  stop(): void {
    this.#process.disconnect();
  }

  #cpuMs(): Promise<number> {
    this.#process.send("");
    return this.#next<number>();
  }

  async #next<T>(): Promise<T> {
    const [message] = (await once(this.#process, "message")) as [T];
    return message;
  }
}

async function send({ url, roomId, accessToken }: Room): Promise<void> {
  const result = await autocannon({
    url,
    amount: REQUESTS,
    connections: 10,
    idReplacement: true,
    requests: [
      {
        method: "PUT",
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/[<id>]`,
        headers: { authorization: `Bearer ${accessToken}` },
        body: JSON.stringify({ msgtype: "m.text", body: "hello" }),
      },
    ],
  });
  if (result["2xx"] !== REQUESTS) throw new RangeError(`${result["2xx"]} of ${REQUESTS} messages were accepted`);
}

async function rows(runs: number): Promise<Row[]> {
  const servers = new Map(Array.from(TARGETS.keys(), (count) => [count, new Server(count)]));
  try {
    // The first run of each warms it up.
    for (let run = 0; run <= runs; run++) {
      for (const server of shuffled([...servers.values()])) await server.measure();
    }
    const samplesOf = (count: number) => servers.get(count)!.samples.slice(1);
    return Array.from(TARGETS, ([count, target]) =>
      count === 0
        ? spreadRow(GROUP, "no module", "ms", spreadOf(samplesOf(0)))
        : ratioRow(
            GROUP,
            count === 1 ? "1 module" : `${count} modules`,
            ratioOf(samplesOf(count), samplesOf(0)),
            target,
          ),
    );
  } finally {
    for (const server of servers.values()) server.stop();
  }
}

const { values: options } = parseArgs({
  options: {
    /** How often each number of modules is measured. */
    runs: { type: "string", default: "5" },
    /** Where the results are written. */
    out: { type: "string" },
    /** Exits with 1 when a target is missed. */
    strict: { type: "boolean", default: false },
  },
});
const measured = await rows(Number(options.runs));
console.log(table(measured));
if (options.out) record(options.out, measured);
conclude(measured, options);
