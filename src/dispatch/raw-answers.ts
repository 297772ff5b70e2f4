import type { Call } from "../hooks/contribution.js";

/**
 * The answers of a callback and of callbacks that follow it in its chain, asked together in another process. The
 * dispatch takes them one by one, as if it had called each callback, and goes on behind the last. A `call` may promise
 * it, but not return it.
 */
export class RawAnswers {
  /** Whether a value is one. Unlike `instanceof` it runs no code of a module: callbacks answer and throw proxies. */
  static is(value: unknown): value is RawAnswers {
    return typeof value === "object" && value !== null && #taken in value;
  }

  #taken = 0;

  /**
   * @param answers what callbacks returned, in order; `NOT_ASKED` of those that skipped the event
   * @param failure what the callback after them threw, if it did
   */
  constructor(
    readonly answers: readonly unknown[],
    readonly failure?: { readonly thrown: unknown },
  ) {}

  /**
   * The calls of a chain, with those replaced that have answered. The first answer is taken already.
   *
   * @param index of the callback that promised the answers
   * @param isPassed whether a callback has no answer here, as in shadow
   */
  replace(calls: readonly Call[], index: number, isPassed: (index: number) => boolean): readonly Call[] {
    const replaced = [...calls];
    const take = () => this.take();
    let left = this.answers.length + (this.failure ? 1 : 0) - 1;
    for (let at = index + 1; left > 0 && at < calls.length; at++) {
      if (isPassed(at)) continue;
      replaced[at] = take;
      left--;
    }
    return replaced;
  }

  /** The next answer; throws what its callback threw. */
  take(): unknown {
    const index = this.#taken++;
    if (this.failure && index === this.answers.length) throw this.failure.thrown;
    return this.answers[index];
  }
}
