import { LigandError } from "../errors/ligand-error.js";
import { ModuleFailedError } from "../errors/module-failed-error.js";

/** Where the failures of a callback are counted. */
interface CountedFailures {
  failures: number;
  /** How many of the failures were time-outs. */
  timeouts: number;
}

/** Counts failures of what a callback's answer does after the dispatch. They are failures of the callback. */
export class LaterFailures {
  #counters: CountedFailures | undefined;
  readonly #failed = new WeakSet<object>();

  /** @param counters those that the callback's chain keeps. */
  countIn(counters: CountedFailures): void {
    this.#counters = counters;
  }

  /**
   * @param answer the answer of which a function failed, if one did. A call fails once, whatever of its answer fails, and
   *   what was given up may fail by itself, too
   */
  count(error: Error, answer?: object): void {
    if (!this.#counters || (answer && this.#failed.has(answer))) return;
    if (answer) this.#failed.add(answer);
    this.#counters.failures++;
    if (isTimeout(error)) this.#counters.timeouts++;
  }
}

/** Whether there was no answer in time, whatever an administrator wants the operation to see. */
function isTimeout(error: Error): boolean {
  const failure = error instanceof ModuleFailedError ? error.cause : error;
  return failure instanceof LigandError && failure.code === "LIGAND_CALLBACK_TIMEOUT";
}
