import { spawn, type ChildProcess } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { text } from "node:stream/consumers";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Outcome, Run, Wire } from "./run.js";
import { sorted } from "./values.js";

/** The interpreter of the environment that `scripts/synapse-venv.mjs` makes. */
const PYTHON = resolve("synapse/.venv/bin/python");
const DISPATCHER = resolve("test/synapse/differential/dispatcher.py");

/** Runs callbacks in the dispatchers of the installed Synapse, in one process for all runs. */
export class SynapseDispatchers {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  readonly #lastWords: Promise<string>;

  constructor() {
    if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is missing; run node scripts/synapse-venv.mjs`);
    const child = spawn(PYTHON, [DISPATCHER], { stdio: ["pipe", "pipe", "pipe"] });
    this.#process = child;
    this.#lines = createInterface(child.stdout);
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#lastWords = text(child.stderr);
  }

  async outcomeOf(run: Run): Promise<Outcome> {
    this.#process.stdin!.write(`${JSON.stringify(run)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`Synapse's dispatchers ended at ${JSON.stringify(run)}: ${await this.#lastWords}`);
    return sorted(JSON.parse(value) as Wire) as Outcome;
  }

  stop(): void {
    this.#process.stdin!.end();
    this.#lines.close();
  }
}
