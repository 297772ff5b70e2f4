import { caught } from "../errors/caught.js";
import { CancelledError, isCancellation } from "../errors/cancelled-error.js";
import { LigandError } from "../errors/ligand-error.js";
import { isThenable } from "./answers.js";
import { CallbackMetrics, isTimed } from "./callback-metrics.js";
import { CallbackReports } from "./callback-reports.js";
import { atOnce, copying, keepingJson } from "./calls.js";
import type { HookContext, MaybePromise } from "./context.js";
import type { Call, ChainCallback } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import { NOT_ASKED } from "./narrowing.js";
import type { Observer } from "./observer.js";
import { Outcomes } from "./outcomes.js";
import type { PendingWalk } from "./pending-walk.js";
import { CALLBACK, numberCallbacks, RUNNING, STEPS } from "./running-callback.js";
import { Stop, type Strategy } from "./strategy.js";
import type { Watchdog } from "./watchdog.js";

/** Sentinel for strategies without a pass answer; never equal to anything a callback returns. */
const NO_PASS = Symbol("no pass answer");

/**
 * A hook's callbacks in config order, and the walk over them. The arguments of a walk are slots rather than a list,
 * because rest and spread allocate on every dispatch; no hook has more than five arguments, and the context follows
 * the last.
 */
export class Chain<State = unknown, Result = unknown> {
  readonly #metrics: readonly CallbackMetrics[];
  readonly #calls: readonly Call[];
  readonly #strategy: Strategy<State, Result>;
  readonly #pass: unknown;
  readonly #emptyResult: () => Result;
  readonly #shield: boolean;
  readonly #reports: CallbackReports;
  readonly #outcomes: Outcomes<State, Result>;
  /** How many walks ended, or became asynchronous, at each callback; those that passed all of them are not here. */
  readonly #left: number[];
  /** How often a callback was passed over, because its decorator asks for other events. */
  readonly #notAsked: number[];
  /** The number of the first callback; the others follow. */
  readonly #first: number;
  #dispatches = 0;
  #stopped = false;

  constructor(
    /** `Category.hook`, as logs and metrics name it. */
    readonly name: string,
    hook: AnyHook,
    readonly callbacks: readonly ChainCallback[],
    private readonly watchdog: Watchdog,
    observer?: Observer,
  ) {
    this.#strategy = hook.strategy as Strategy<State, Result>;
    // An observer receives every answer: none takes the short way past `#outcomes`.
    this.#pass = "pass" in this.#strategy && !observer ? this.#strategy.pass : NO_PASS;
    this.#emptyResult = emptyResultOf(this.#strategy);
    this.#shield = hook.shield;
    this.#metrics = callbacks.map(() => new CallbackMetrics());
    this.#left = callbacks.map(() => 0);
    this.#notAsked = callbacks.map(() => 0);
    this.#first = numberCallbacks(this, name, callbacks);
    // Not frozen on purpose: V8 reads frozen elements at half speed.
    this.#calls = callbacks.map(({ call }) =>
      copying(keepingJson(hook.synchronous ? atOnce(call) : call, hook.parameters), hook.parameters),
    );
    this.#reports = new CallbackReports(name, hook, callbacks);
    this.#outcomes = new Outcomes(name, hook, callbacks, this.#reports, observer);
    Object.freeze(callbacks);
  }

  get isEmpty(): boolean {
    return this.callbacks.length === 0;
  }

  /** What was counted of each callback until now. */
  get metrics(): readonly CallbackMetrics[] {
    let reached = this.#dispatches;
    for (const [index, metrics] of this.#metrics.entries()) {
      metrics.calls = reached + metrics.laterCalls - (this.#notAsked[index] as number);
      reached -= this.#left[index] as number;
    }
    return this.#metrics;
  }

  /** From here on a walk throws `LIGAND_HOST_STOPPED`. Walks that are under way end as they would. */
  stop(): void {
    this.#stopped = true;
  }

  /** Asks the callbacks. A promise only where a callback returned one: until then nothing asynchronous is entered. */
  walk(
    context: HookContext,
    a0?: unknown,
    a1?: unknown,
    a2?: unknown,
    a3?: unknown,
    a4?: unknown,
    a5?: unknown,
  ): MaybePromise<Result> {
    if (this.#stopped) throw hostStopped(this.name);
    const calls = this.#calls;
    const length = calls.length;
    if (length === 0) return this.#emptyResult();
    if (this.#shield && context.signal?.aborted) throw cancelled(context);
    const pass = this.#pass;
    let sampledAt = isTimed(++this.#dispatches) ? performance.now() : undefined;
    let state = this.#strategy.start();
    let index = 0;
    const first = this.#first;
    // A callback may ask a hook itself, and runs on afterwards.
    const caller = RUNNING[CALLBACK]!;
    RUNNING[STEPS]!++;
    try {
      for (;;) {
        // One try round the whole loop: entering one per callback would cost, and the index says whose error it was.
        try {
          for (; index < length; index++) {
            RUNNING[CALLBACK] = first + index;
            const answer = (calls[index] as Call)(a0, a1, a2, a3, a4, a5);
            if (answer !== pass) {
              if (answer === NOT_ASKED) {
                this.#notAsked[index]!++;
                if (sampledAt !== undefined) sampledAt = performance.now();
                continue;
              }
              if (isThenable(answer)) {
                this.#left[index]!++;
                // One object holds all that the rest of the walk needs: a suspended function saves each of its variables.
                return this.#walkOn({
                  report: this.#reports.pending,
                  context,
                  index,
                  since: 0,
                  reported: false,
                  earlier: undefined,
                  later: undefined,
                  promise: answer,
                  state,
                  result: undefined,
                  sampledAt,
                  a0,
                  a1,
                  a2,
                  a3,
                  a4,
                  a5,
                });
              }
              const outcome = this.#outcomes.ofAnswer(answer, index, context, state);
              if (outcome instanceof Stop) {
                this.#left[index]!++;
                if (sampledAt !== undefined) this.#timed(index, sampledAt);
                return outcome.result as Result;
              }
              state = outcome;
            }
            if (sampledAt !== undefined) sampledAt = this.#timed(index, sampledAt);
          }
          break;
        } catch (error) {
          if (sampledAt !== undefined) this.#timed(index, sampledAt);
          // The walk has left, unless the failure policy goes on.
          this.#left[index]!++;
          const outcome = this.#fail(error, index, context, state, [a0, a1, a2, a3, a4, a5]);
          if (outcome instanceof Stop) return outcome.result as Result;
          this.#left[index]!--;
          state = outcome;
          index++;
          if (sampledAt !== undefined) sampledAt = performance.now();
        }
      }
      return this.#strategy.done(state);
    } finally {
      RUNNING[CALLBACK] = caller;
    }
  }

  /** The rest of a walk, from the first callback that returned a promise. */
  async #walkOn(walk: PendingWalk<State>): Promise<Result> {
    this.watchdog.enter(walk);
    try {
      for (;;) {
        let answer: unknown;
        let failed = false;
        try {
          answer = await walk.promise;
        } catch (error) {
          answer = error;
          failed = true;
        }
        if (this.#goOn(walk, answer, failed)) return walk.result as Result;
      }
    } finally {
      this.watchdog.leave(walk);
    }
  }

  /**
   * Takes the answer that a walk has waited for, and asks the callbacks that follow: until one returns a promise, or to
   * the end. Not part of `#walkOn`, which is the faster the less it does.
   *
   * @param answer what the callback answered or, where it `failed`, threw
   * @returns whether the walk has ended, with its result
   */
  #goOn(walk: PendingWalk<State>, answer: unknown, failed: boolean): boolean {
    const { context, a0, a1, a2, a3, a4, a5 } = walk;
    const signal = this.#shield ? context.signal : undefined;
    for (;;) {
      if (walk.sampledAt !== undefined) {
        walk.sampledAt = answer === NOT_ASKED ? performance.now() : this.#timed(walk.index, walk.sampledAt);
      }
      // The waiter of a cancelled request sees the cancellation, whatever the callback came to.
      if (signal?.aborted)
        throw failed && isCancellation(answer) ? answer : cancelled(context, failed ? answer : undefined);
      if (answer === NOT_ASKED) this.#notAsked[walk.index]!++;
      else if (failed || answer !== this.#pass) {
        const outcome = failed ? this.#failIn(walk, answer) : this.#stepIn(walk, answer);
        if (outcome instanceof Stop) {
          walk.result = outcome.result;
          return true;
        }
        walk.state = outcome;
      }
      walk.index++;
      if (walk.index === this.#calls.length) {
        walk.result = this.#strategy.done(walk.state);
        return true;
      }
      this.#metricsOf(walk.index).laterCalls++;
      RUNNING[STEPS]!++;
      RUNNING[CALLBACK] = this.#first + walk.index;
      try {
        failed = false;
        answer = (this.#calls[walk.index] as Call)(a0, a1, a2, a3, a4, a5);
        // What follows a promise was called by nothing else.
        RUNNING[CALLBACK] = 0;
        // An immediate answer isn't awaited: each await costs a turn of the microtask queue.
        if (isThenable(answer)) {
          walk.promise = answer;
          return false;
        }
      } catch (error) {
        RUNNING[CALLBACK] = 0;
        answer = error;
        failed = true;
      }
    }
  }

  #stepIn(walk: PendingWalk<State>, answer: unknown): State | Stop<Result> {
    try {
      return this.#outcomes.ofAnswer(answer, walk.index, walk.context, walk.state);
    } catch (error) {
      return this.#failIn(walk, error);
    }
  }

  #failIn({ index, context, state, a0, a1, a2, a3, a4, a5 }: PendingWalk<State>, error: unknown): State | Stop<Result> {
    return this.#fail(error, index, context, state, [a0, a1, a2, a3, a4, a5]);
  }

  /** Notes how long a callback took that was called at `since`; returns the time now, which is when the next is. */
  #timed(index: number, since: number): number {
    const now = performance.now();
    this.#metricsOf(index).observe((now - since) / 1000);
    return now;
  }

  #metricsOf(index: number): CallbackMetrics {
    return this.#metrics[index] as CallbackMetrics;
  }

  #fail(error: unknown, index: number, context: HookContext, state: State, args: unknown[]): State | Stop<Result> {
    this.#metricsOf(index).failures++;
    return this.#outcomes.ofError(caught(error), index, context, state, args);
  }
}

/** What a chain without callbacks comes to: one constant, but a new `Set` or `Map` each time, since its owner may add to it. */
function emptyResultOf<State, Result>(strategy: Strategy<State, Result>): () => Result {
  const makeOne = () => strategy.done(strategy.start());
  const one = makeOne();
  return one instanceof Set || one instanceof Map ? makeOne : () => one;
}

function hostStopped(chain: string): LigandError {
  return new LigandError("LIGAND_HOST_STOPPED", `${chain} was called after the host was stopped`);
}

function cancelled({ signal, requestId }: HookContext, cause: unknown = signal?.reason): CancelledError {
  return new CancelledError(requestId === undefined ? undefined : `request ${requestId} was cancelled`, { cause });
}
