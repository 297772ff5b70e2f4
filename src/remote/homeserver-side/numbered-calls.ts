import { AsyncResource } from "node:async_hooks";

/**
 * The calls that a process answers, by number. A service that a callback uses meanwhile runs for the homeserver's request
 * that the callback was called for.
 */
export class NumberedCalls {
  readonly #open = new Map<number, AsyncResource>();
  #last = 0;

  /** @param usesServices whether the process may use a service meanwhile: calls that can't aren't numbered */
  constructor(private readonly usesServices: () => boolean) {}

  /** @returns the number of a call, until it's closed; undefined if it needs none */
  open(): number | undefined {
    if (!this.usesServices()) return undefined;
    this.#open.set(++this.#last, new AsyncResource("LIGAND_CALL", { requireManualDestroy: true }));
    return this.#last;
  }

  close(number: number | undefined): void {
    if (number !== undefined) this.#open.delete(number);
  }

  /** Runs a service's method for a call, as if the code that made it had; by itself if that has ended, or if there was none. */
  run<T>(number: number | undefined, use: () => T): T {
    const call = number === undefined ? undefined : this.#open.get(number);
    return call ? call.runInAsyncScope(use) : use();
  }
}
