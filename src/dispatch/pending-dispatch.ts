import { isThenable } from "../hooks/answer-predicates.js";
import { NO_CONTEXT, type HookContext } from "../hooks/context.js";
import type { Call } from "../hooks/contribution.js";
import type { FreeList } from "./free-list.js";
import { cancelled } from "./cancellation.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import type { PlanParts } from "./plan-parts.js";
import { CALLBACK, RUNNING, STEPS } from "./running-callback.js";
import { Stop } from "../hooks/strategy.js";
import { UNKNOWN, type Watchdog, type Watched } from "./watchdog.js";
import { whenSettled } from "./when-settled.js";

// V8 folds constants of the file, and loads imported ones each time.
const running = RUNNING;
const [callback, steps] = [CALLBACK, STEPS] as const;
const notAsked = NOT_ASKED;

/**
 * The asynchronous half of a dispatch, from the first callback that returned a promise. The object and the functions
 * that promises call are used again by later dispatches, so that none allocates them; an async function would allocate
 * both at each `await`. It belongs to one dispatch from `begin` until its last promise has settled, and each promise
 * calls it once: so no answer reaches another dispatch.
 */
export class PendingDispatch<State, Result> implements Watched {
  since = UNKNOWN;
  isReported = false;
  context: HookContext = NO_CONTEXT;
  index = 0;
  // Declared and assigned: of a field that is defined first, V8 knows no type, and looks each time.
  declare readonly report: Watched["report"];
  declare protected readonly plan: PlanParts<State, Result>;
  declare protected readonly watchdog: Watchdog;
  declare private readonly free: FreeList<PendingDispatch<State, Result>> | undefined;
  declare private readonly last: number;
  protected state!: State;
  /** The plan's calls: as they are, or timed. */
  protected calls!: readonly Call[];
  protected a0: unknown;
  protected a1: unknown;
  protected a2: unknown;
  protected a3: unknown;
  protected a4: unknown;
  protected a5: unknown;
  /** Settles what the homeserver received, if the dispatch waits more than once. */
  protected resolve: ((result: Result | Promise<never>) => void) | undefined;
  /** Its function to reject isn't kept: a second young function in this old object costs the collector 16 ns. */
  protected readonly capture = (resolve: (result: Result | Promise<never>) => void) => {
    this.resolve = resolve;
  };
  readonly #answered = (answer: unknown) => this.settle(answer, false);
  readonly #failed = (error: unknown) => this.settle(error, true);
  readonly #lastAnswered = (answer: unknown) => this.#end(answer, false);
  readonly #lastFailed = (error: unknown) => this.#end(error, true);

  constructor(
    plan: PlanParts<State, Result>,
    watchdog: Watchdog,
    free: FreeList<PendingDispatch<State, Result>> | undefined,
    last = plan.last,
  ) {
    this.plan = plan;
    this.watchdog = watchdog;
    this.free = free;
    this.last = last;
    this.report = plan.reports.pending;
  }

  /** Waits for the callback at `index`, then runs those that follow. */
  begin(
    promise: Promise<unknown>,
    context: HookContext,
    index: number,
    state: State,
    calls: readonly Call[],
    a0: unknown,
    a1: unknown,
    a2: unknown,
    a3: unknown,
    a4: unknown,
    a5: unknown,
  ): Promise<Result> {
    if (this.context !== context) this.context = context;
    this.index = index;
    this.state = state;
    this.enter();
    // Nothing follows, so what `then` returns serves as the result, and neither calls nor arguments are needed.
    if (index === this.last) return whenSettled(promise, this.#lastAnswered, this.#lastFailed);
    this.plan.meter.left[index]!++;
    this.calls = calls;
    this.a0 = a0;
    this.a1 = a1;
    if (a2 !== undefined) this.a2 = a2;
    if (a3 !== undefined) this.a3 = a3;
    if (a4 !== undefined) this.a4 = a4;
    if (a5 !== undefined) this.a5 = a5;
    return this.result(promise);
  }

  /** It begins to wait. */
  protected enter(): void {
    this.watchdog.enter(this);
  }

  /** What the homeserver receives, of what the callback promised. */
  protected result(promise: Promise<unknown>): Promise<Result> {
    const result = new Promise<Result>(this.capture);
    this.wait(promise);
    return result;
  }

  protected wait(promise: Promise<unknown>): void {
    void whenSettled(promise, this.#answered, this.#failed);
  }

  #end(answer: unknown, failed: boolean): Result {
    let result: Result;
    try {
      result = this.#changesNothing(answer, failed) ? this.plan.done(this.state) : this.#lastJudged(answer, failed);
    } catch (error) {
      this.#leaveLast();
      throw error;
    }
    this.#leaveLast();
    return result;
  }

  #lastJudged(answer: unknown, failed: boolean): Result {
    const outcome = this.#judged(answer, failed);
    return outcome instanceof Stop ? outcome.result : this.plan.done(outcome);
  }

  /**
   * Judges what the callback came to, and calls those that follow: until one returns a promise, which it waits for, or to
   * the end.
   *
   * @param answer what the callback returned or, where it `failed`, threw
   */
  protected settle(answer: unknown, failed: boolean): void {
    const { plan } = this;
    const resolve = this.resolve!;
    try {
      for (;;) {
        if (!this.#changesNothing(answer, failed)) {
          const outcome = this.#judged(answer, failed);
          if (outcome instanceof Stop) return this.#finish(outcome.result);
          this.state = outcome;
        }
        const index = ++this.index;
        if (index === this.calls.length) return this.#finish(plan.done(this.state));
        plan.meter.counters[index]!.later++;
        running[steps]!++;
        running[callback] = plan.first + index;
        let next: Promise<unknown> | undefined;
        try {
          failed = false;
          answer = this.calls[index]!(this.a0, this.a1, this.a2, this.a3, this.a4, this.a5);
          // What follows a promise was called by nothing else.
          running[callback] = 0;
          // An answer that is no promise isn't awaited: each wait costs a turn of the microtask queue.
          if (isThenable(answer)) next = Promise.resolve(answer);
        } catch (error) {
          running[callback] = 0;
          answer = error;
          failed = true;
        }
        if (next !== undefined) return this.wait(next);
      }
    } catch (error) {
      this.#leave();
      resolve(Promise.reject(error as Error));
    }
  }

  /** Whether the callback came to the commonest answer, and its request isn't cancelled. */
  #changesNothing(answer: unknown, failed: boolean): boolean {
    const { plan } = this;
    return !failed && answer === plan.pass && !plan.isCancelled(this.context);
  }

  /** The homeserver receives the result. */
  #finish(result: Result): void {
    const resolve = this.resolve!;
    this.#leave();
    resolve(result);
  }

  /** Apart from the loop, which is the faster the less it does. */
  #judged(answer: unknown, failed: boolean): State | Stop<Result> {
    const { plan, context, index, state } = this;
    // The caller of a cancelled request sees the cancellation, whatever the callback came to.
    if (plan.isCancelled(context)) throw cancelled(context, failed ? answer : undefined);
    if (answer === notAsked) {
      plan.meter.counters[index]!.notAsked++;
      return state;
    }
    if (!failed) {
      if (answer === plan.pass) return state;
      try {
        return plan.judge.answered(answer, index, context, state);
      } catch (error) {
        answer = error;
      }
    }
    return plan.judge.failed(answer, index, context, state, [this.a0, this.a1, this.a2, this.a3, this.a4, this.a5]);
  }

  /** Lets go of everything that belongs to the dispatch. */
  protected clear(): void {
    this.watchdog.leave(this);
    this.state = undefined!;
    this.resolve = undefined;
    this.a0 = this.a1 = this.a2 = this.a3 = this.a4 = this.a5 = undefined;
  }

  /** Makes room for another dispatch. */
  #leave(): void {
    this.clear();
    this.free?.give(this);
  }

  /** The same, where it waited for the last callback: it kept nothing else. */
  #leaveLast(): void {
    this.watchdog.leave(this);
    this.state = undefined!;
    this.free?.give(this);
  }
}
