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

  /** Whether one is left to take. */
  get hasMore(): boolean {
    return this.#taken < this.answers.length + (this.failure ? 1 : 0);
  }

  /** The next answer; throws what its callback threw. */
  take(): unknown {
    const index = this.#taken++;
    if (this.failure && index === this.answers.length) throw this.failure.thrown;
    return this.answers[index];
  }
}
