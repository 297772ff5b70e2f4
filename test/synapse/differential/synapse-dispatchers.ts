import { spawn, type ChildProcess } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { text } from "node:stream/consumers";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Outcome, Run, Wire } from "./run.js";
import { sorted } from "./values.js";

/** The interpreter of the environment that `scripts/synapse/venv.mjs` makes. */
const PYTHON = resolve("synapse/.venv/bin/python");
const DISPATCHER = resolve("test/synapse/differential/dispatcher.py");

/** Runs callbacks in the dispatchers of the installed Synapse, in one process for all runs. */
export class SynapseDispatchers {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  readonly #lastWords: Promise<string>;

  private constructor() {
    const child = spawn(PYTHON, [DISPATCHER], { stdio: ["pipe", "pipe", "pipe"] });
    this.#process = child;
    this.#lines = createInterface(child.stdout);
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#lastWords = text(child.stderr);
  }

  /** Starts the process, and waits until it can be asked. */
  static async start(): Promise<SynapseDispatchers> {
    if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is missing; run node scripts/synapse/venv.mjs`);
    const dispatchers = new SynapseDispatchers();
    await dispatchers.#next("the start");
    return dispatchers;
  }

  async outcomeOf(run: Run): Promise<Outcome> {
    const question = JSON.stringify(run);
    this.#process.stdin!.write(`${question}\n`);
    return sorted(await this.#next(question)) as Outcome;
  }

  async #next(question: string): Promise<Wire> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`Synapse's dispatchers ended at ${question}: ${await this.#lastWords}`);
    return JSON.parse(value) as Wire;
  }

  stop(): void {
    this.#process.stdin!.end();
    this.#lines.close();
  }
}
