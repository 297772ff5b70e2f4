import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LigandServe } from "../../test/synapse/ligand-serve.js";
import { RunningSynapse } from "../../test/synapse/running-synapse.js";
import type { Row } from "../row.js";
import { Sender, type Sent } from "./sender.js";

const HAM = [{ module: `${resolve("build/bench/synapse/ham.js")}#Ham` }];
const SENDERS = 10;
const CALL_TIMEOUT_SECONDS = 1;
/** What the module answers, and what the policy `deny` answers: so they can be told apart. */
const [BY_MODULE, BY_POLICY] = [200, 403];

/** What becomes of requests while `ligand serve` is killed, and while it hangs, under load. */
export async function outageRows(directory: string): Promise<Row[]> {
  const serve = new LigandServe(directory, "outage");
  await serve.start(HAM);
  const synapse = await RunningSynapse.start({
    directory: join(directory, "outage"),
    modules: [
      {
        module: "ligand_synapse.LigandModules",
        config: {
          socket: serve.socket,
          call_timeout: CALL_TIMEOUT_SECONDS,
          on_disconnect: { check_event_for_spam: "deny" },
        },
      },
    ],
  });
  const load = await Load.start(synapse.url);
  await setTimeout(3000);
  const rows = [
    ...(await load.during("killed, and started anew after 3 s", async (over) => {
      await serve.stop("SIGKILL");
      await setTimeout(3000);
      await serve.start(HAM);
      over();
    })),
    ...(await load.during("stopped by SIGSTOP, and continued after 3 s", async (over) => {
      serve.signal("SIGSTOP");
      await setTimeout(3000);
      serve.signal("SIGCONT");
      over();
    })),
  ];
  await load.stop();
  await synapse.stop();
  await serve.stop();
  return rows;
}

class Load {
  #sent: Sent[] = [];
  #isOver = false;
  #done: Promise<unknown> = Promise.resolve();

  static async start(url: string): Promise<Load> {
    const load = new Load();
    const senders: Sender[] = [];
    for (let i = 0; i < SENDERS; i++) senders.push(await Sender.create(url));
    load.#done = Promise.all(senders.map((sender) => load.#sendOn(sender)));
    return load;
  }

  async #sendOn(sender: Sender): Promise<void> {
    while (!this.#isOver) this.#sent.push(await sender.send());
    await sender.close();
  }

  /** Counts what is sent from before an outage until the module answers again. */
  async during(what: string, outage: (over: () => void) => Promise<void>): Promise<Row[]> {
    const before = this.#sent;
    this.#sent = [];
    let overAt = 0;
    await outage(() => (overAt = performance.now()));
    let recovered: Sent | undefined;
    for (const deadline = Date.now() + 60_000; !recovered; await setTimeout(20)) {
      recovered = this.#sent.find(({ status, startedAt }) => status === BY_MODULE && startedAt > overAt);
      if (Date.now() > deadline) throw new Error(`${what}: the module does not answer again`);
    }
    // What hangs is seen by being late, or by not being there.
    await setTimeout(2 * CALL_TIMEOUT_SECONDS * 1000);
    const slowest = (sent: readonly Sent[]) => Math.max(...sent.map(({ tookMs }) => tookMs));
    const count = (status: number) => this.#sent.filter((sent) => sent.status === status).length;
    const [byModule, byPolicy] = [count(BY_MODULE), count(BY_POLICY)];
    const group = `ligand serve ${what}, ${SENDERS} senders, call_timeout ${CALL_TIMEOUT_SECONDS} s`;
    return [
      { group, name: "requests that the module decided", value: byModule, unit: "" },
      { group, name: "requests that the policy decided", value: byPolicy, unit: "" },
      {
        group,
        name: "requests that neither decided",
        value: this.#sent.length - byModule - byPolicy,
        unit: "",
        target: 0,
      },
      { group, name: "slowest request before", value: slowest(before), unit: "ms" },
      { group, name: "slowest request", value: slowest(this.#sent), unit: "ms" },
      {
        group,
        name: "slowest request, beyond the slowest before",
        value: Math.max(0, slowest(this.#sent) - slowest(before)),
        unit: "ms",
        target: CALL_TIMEOUT_SECONDS * 1000,
      },
      {
        group,
        name: "until the module decides again",
        value: recovered.startedAt + recovered.tookMs - overAt,
        unit: "ms",
      },
    ];
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }
}
