import { AsyncResource } from "node:async_hooks";

/**
 * The calls that a process answers, by number. A service that a callback uses meanwhile runs for the homeserver's request
 * that the callback was called for.
 */
export class NumberedCalls {
  readonly #open = new Map<number, AsyncResource>();
  #last = 0;

  /** @returns the number of a call, until it's closed */
  open(): number {
    this.#open.set(++this.#last, new AsyncResource("LIGAND_CALL", { requireManualDestroy: true }));
    return this.#last;
  }

  close(number: number): void {
    this.#open.delete(number);
  }

  /** Runs a service's method for a call, as if the code that made it had; by itself if that has ended, or if there was none. */
  run<T>(number: number | undefined, use: () => T): T {
    const call = number === undefined ? undefined : this.#open.get(number);
    return call ? call.runInAsyncScope(use) : use();
  }
}
