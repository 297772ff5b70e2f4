import { isThenable } from "./answer-predicates.js";
import { NO_CONTEXT, type HookContext } from "./context.js";
import { cancelled } from "./cancellation.js";
import { NOT_ASKED } from "./narrowing.js";
import type { PlanParts } from "./plan-parts.js";
import { CALLBACK, RUNNING, STEPS } from "./running-callback.js";
import { Stop } from "./strategy.js";
import type { Watchdog, Watched } from "./watchdog.js";

// V8 folds constants of the file, and loads imported ones each time.
const running = RUNNING;
const [callback, steps] = [CALLBACK, STEPS] as const;

/** So many dispatches of a plan are kept for later ones. More may wait; the others are left to the collector. */
const MOST_FREE = 256;

/** A promise's own `then`: what a module put in its place might call back twice, the second time into another request. */
// oxlint-disable-next-line typescript/unbound-method -- it is only called on a promise
export const { then } = Promise.prototype;

/**
 * The asynchronous half of a dispatch, from the first callback that returned a promise. The object and the functions
 * that promises call are used again by later dispatches, so that none allocates them; an async function would allocate
 * both at each `await`. It belongs to one dispatch from `begin` until its last promise has settled, and each promise
 * calls it once: so no answer reaches another dispatch.
 */
export class PendingDispatch<State, Result> implements Watched {
  since = 0;
  isKnown = false;
  isReported = false;
  context: HookContext = NO_CONTEXT;
  index = 0;
  readonly report: Watched["report"];
  protected state!: State;
  /** When the callback was called, if the dispatch is one of those that are timed. */
  protected calledAt: number | undefined;
  protected a0: unknown;
  protected a1: unknown;
  protected a2: unknown;
  protected a3: unknown;
  protected a4: unknown;
  protected a5: unknown;
  protected resolve: ((result: Result) => void) | undefined;
  protected reject: ((error: unknown) => void) | undefined;
  protected readonly capture = (resolve: (result: Result) => void, reject: (error: unknown) => void) => {
    this.resolve = resolve;
    this.reject = reject;
  };
  readonly #answered = (answer: unknown) => this.settle(answer, false);
  readonly #failed = (error: unknown) => this.settle(error, true);
  readonly #lastAnswered = (answer: unknown) => this.#end(answer, false);
  readonly #lastFailed = (error: unknown) => this.#end(error, true);

  constructor(
    protected readonly plan: PlanParts<State, Result>,
    protected readonly watchdog: Watchdog,
    private readonly free: PendingDispatch<State, Result>[],
  ) {
    this.report = plan.reports.pending;
  }

  /** Waits for the callback at `index`, then runs those that follow. */
  begin(
    promise: Promise<unknown>,
    context: HookContext,
    index: number,
    state: State,
    calledAt: number | undefined,
    a0: unknown,
    a1: unknown,
    a2: unknown,
    a3: unknown,
    a4: unknown,
    a5: unknown,
  ): Promise<Result> {
    this.context = context;
    this.index = index;
    this.state = state;
    this.calledAt = calledAt;
    this.a0 = a0;
    this.a1 = a1;
    this.a2 = a2;
    this.a3 = a3;
    this.a4 = a4;
    this.a5 = a5;
    this.watchdog.enter(this);
    return this.result(promise);
  }

  /** What the homeserver receives, of what the callback promised. */
  protected result(promise: Promise<unknown>): Promise<Result> {
    if (this.index + 1 === this.plan.calls.length) {
      // Nothing follows, so what `then` returns serves as the result.
      return then.call(promise, this.#lastAnswered, this.#lastFailed) as Promise<Result>;
    }
    const result = new Promise<Result>(this.capture);
    this.wait(promise);
    return result;
  }

  protected wait(promise: Promise<unknown>): void {
    void then.call(promise, this.#answered, this.#failed);
  }

  #end(answer: unknown, failed: boolean): Result {
    try {
      return (this.#goOn(answer, failed) as Stop<Result>).result;
    } finally {
      this.#leave();
    }
  }

  protected settle(answer: unknown, failed: boolean): void {
    const resolve = this.resolve!;
    const reject = this.reject!;
    let next: Promise<unknown> | Stop<Result>;
    try {
      next = this.#goOn(answer, failed);
      if (!(next instanceof Stop)) return this.wait(next);
    } catch (error) {
      this.#leave();
      reject(error);
      return;
    }
    this.#leave();
    resolve(next.result);
  }

  /**
   * Judges what the callback came to, and calls those that follow: until one returns a promise, which is returned, or
   * to the end.
   *
   * @param answer what the callback returned or, where it `failed`, threw
   */
  #goOn(answer: unknown, failed: boolean): Promise<unknown> | Stop<Result> {
    const { plan, context } = this;
    const { calls, meter } = plan;
    for (;;) {
      if (this.calledAt !== undefined) {
        this.calledAt = answer === NOT_ASKED ? performance.now() : meter.timed(this.index, this.calledAt);
      }
      // The caller of a cancelled request sees the cancellation, whatever the callback came to.
      if (plan.shield && context.signal?.aborted) throw cancelled(context, failed ? answer : undefined);
      if (answer === NOT_ASKED) meter.counters[this.index]!.notAsked++;
      else if (failed || answer !== plan.pass) {
        const outcome = this.#judged(answer, failed);
        if (outcome instanceof Stop) return outcome;
        this.state = outcome;
      }
      const index = ++this.index;
      if (index === calls.length) return new Stop(plan.done(this.state));
      meter.counters[index]!.later++;
      running[steps]!++;
      running[callback] = plan.first + index;
      try {
        failed = false;
        answer = this.call(index);
        // What follows a promise was called by nothing else.
        running[callback] = 0;
        // An answer that is no promise isn't awaited: each wait costs a turn of the microtask queue.
        if (isThenable(answer)) return Promise.resolve(answer);
      } catch (error) {
        running[callback] = 0;
        answer = error;
        failed = true;
      }
    }
  }

  protected call(index: number): unknown {
    return this.plan.calls[index]!(this.a0, this.a1, this.a2, this.a3, this.a4, this.a5);
  }

  #judged(answer: unknown, failed: boolean): State | Stop<Result> {
    const { judge } = this.plan;
    if (!failed) {
      try {
        return judge.answered(answer, this.index, this.context, this.state);
      } catch (error) {
        answer = error;
      }
    }
    const args = [this.a0, this.a1, this.a2, this.a3, this.a4, this.a5];
    return judge.failed(answer, this.index, this.context, this.state, args);
  }

  /** Lets go of everything that belongs to the dispatch. */
  protected clear(): void {
    this.watchdog.leave(this);
    this.state = undefined!;
    this.resolve = this.reject = undefined;
    this.a0 = this.a1 = this.a2 = this.a3 = this.a4 = this.a5 = undefined;
  }

  /** Makes room for another dispatch. */
  #leave(): void {
    this.clear();
    if (this.free.length < MOST_FREE) this.free.push(this);
  }
}
