import { CancelledError, isCancellation } from "../errors/cancelled-error.js";
import { LigandError } from "../errors/ligand-error.js";
import { isThenable } from "./answers.js";
import { CallbackMetrics, SAMPLE_EVERY } from "./callback-metrics.js";
import { CallbackReports } from "./callback-reports.js";
import { copying, timed, type Call } from "./calls.js";
import type { HookContext, MaybePromise } from "./context.js";
import type { HookLog, RegisteredCallback } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import type { Observation, Observer } from "./observer.js";
import { Remark, Stop, type Step, type Strategy } from "./strategy.js";
import type { Watchdog } from "./watchdog.js";

/** A callback as a chain holds it: bound to the instance of its module. */
export interface ChainCallback extends RegisteredCallback {
  readonly log: HookLog;
  readonly call: Call;
}

/** Stands for the pass answer of a strategy that has none: no callback can answer it. */
const NO_PASS = Symbol("no pass answer");

/**
 * A hook's callbacks in config order, and the walk over them. The arguments of a walk are slots rather than a list,
 * because rest and spread allocate on every dispatch; no hook has more than five arguments, and the context follows
 * the last.
 */
export class Chain<State = unknown, Result = unknown> {
  readonly metrics: readonly CallbackMetrics[];
  readonly #calls: readonly Call[];
  readonly #timedCalls: readonly Call[];
  readonly #strategy: Strategy<State, Result>;
  readonly #pass: unknown;
  readonly #empty: Result;
  readonly #shield: boolean;
  readonly #reports: CallbackReports;
  readonly #observer: Observer | undefined;
  #dispatches = 0;
  #stopped = false;

  constructor(
    /** `Category.hook`, as logs and metrics name it. */
    readonly name: string,
    private readonly hook: AnyHook,
    readonly callbacks: readonly ChainCallback[],
    private readonly watchdog: Watchdog,
    observer?: Observer,
  ) {
    this.#strategy = hook.strategy as Strategy<State, Result>;
    this.#observer = observer;
    // An observer hears of every answer: none takes the short way past `#settle`.
    this.#pass = "pass" in this.#strategy && !observer ? this.#strategy.pass : NO_PASS;
    this.#empty = this.#strategy.done(this.#strategy.start());
    this.#shield = hook.shield;
    this.metrics = callbacks.map(() => new CallbackMetrics());
    this.#calls = Object.freeze(callbacks.map(({ call }) => copying(call, hook.parameters)));
    this.#timedCalls = Object.freeze(this.#calls.map((call, index) => timed(call, this.#metricsOf(index))));
    this.#reports = new CallbackReports(name, hook, callbacks);
    Object.freeze(callbacks);
  }

  get isEmpty(): boolean {
    return this.callbacks.length === 0;
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
    const length = this.#calls.length;
    if (length === 0) return this.#empty;
    if (this.#shield && context.signal?.aborted) throw cancelled(context);
    const calls = (++this.#dispatches & (SAMPLE_EVERY - 1)) === 0 ? this.#timedCalls : this.#calls;
    const pass = this.#pass;
    let state = this.#strategy.start();
    let index = 0;
    for (;;) {
      // One try round the whole loop: entering one per callback would cost, and the index says whose error it was.
      try {
        for (; index < length; index++) {
          this.#metricsOf(index).calls++;
          const answer = (calls[index] as Call)(a0, a1, a2, a3, a4, a5);
          if (answer === pass) continue;
          if (isThenable(answer)) return this.#walkOn(calls, context, state, index, answer, a0, a1, a2, a3, a4, a5);
          const outcome = this.#settle(this.#strategy.step(state, answer), index, context, answer);
          if (outcome instanceof Stop) return outcome.result as Result;
          state = outcome;
        }
        break;
      } catch (error) {
        const outcome = this.#fail(error, index, context, state, [a0, a1, a2, a3, a4, a5]);
        if (outcome instanceof Stop) return outcome.result as Result;
        state = outcome;
        index++;
      }
    }
    return this.#strategy.done(state);
  }

  /** The rest of a walk, from the first callback that returned a promise. */
  async #walkOn(
    calls: readonly Call[],
    context: HookContext,
    initial: State,
    first: number,
    promise: PromiseLike<unknown>,
    a0: unknown,
    a1: unknown,
    a2: unknown,
    a3: unknown,
    a4: unknown,
    a5: unknown,
  ): Promise<Result> {
    const signal = this.#shield ? context.signal : undefined;
    const entry = this.watchdog.enter(this.#reports.pending, context, first);
    let state = initial;
    try {
      for (let index = first; index < calls.length; index++) {
        let outcome: State | Stop<Result>;
        try {
          let answer: unknown = promise;
          if (index > first) {
            entry.index = index;
            this.#metricsOf(index).calls++;
            answer = (calls[index] as Call)(a0, a1, a2, a3, a4, a5);
          }
          // An answer that came at once is not awaited: each await costs a turn of the microtask queue.
          if (isThenable(answer)) answer = await answer;
          if (signal?.aborted) throw cancelled(context);
          if (answer === this.#pass) continue;
          outcome = this.#settle(this.#strategy.step(state, answer), index, context, answer);
        } catch (error) {
          // The waiter of a cancelled request sees the cancellation, whatever the callback came to.
          if (signal?.aborted) throw isCancellation(error) ? error : cancelled(context, error);
          outcome = this.#fail(error, index, context, state, [a0, a1, a2, a3, a4, a5]);
        }
        if (outcome instanceof Stop) return outcome.result as Result;
        state = outcome;
      }
      return this.#strategy.done(state);
    } finally {
      this.watchdog.leave(entry);
    }
  }

  #metricsOf(index: number): CallbackMetrics {
    return this.metrics[index] as CallbackMetrics;
  }

  #settle(step: Step<State, Result>, index: number, context: HookContext, answer: unknown): State | Stop<Result> {
    const outcome = this.#outcomeOf(step, index, context);
    if (this.#observer) {
      const decided = outcome instanceof Stop;
      this.#observe(index, context, { decided, answer: decided ? outcome.result : answer });
    }
    return outcome;
  }

  #outcomeOf(step: Step<State, Result>, index: number, context: HookContext): State | Stop<Result> {
    if (!(step instanceof Remark)) return step;
    this.#reports.remarked(index, step, context);
    return step.outcome as State | Stop<Result>;
  }

  /** Applies the failure policy to what a callback threw: the state to go on with, the end of the walk, or a throw. */
  #fail(error: unknown, index: number, context: HookContext, state: State, args: unknown[]): State | Stop<Result> {
    const { failure } = this.hook;
    this.#metricsOf(index).failures++;
    this.#reports.failed(index, error, failure.level(error), context, args);
    const policy = failure.outcome(error, this.#reports.describe(index));
    if (policy.kind === "answer") {
      const outcome = this.#outcomeOf(this.#strategy.step(state, policy.value), index, context);
      this.#observe(index, context, { decided: outcome instanceof Stop, error });
      return outcome;
    }
    this.#observe(index, context, { decided: policy.kind === "propagate", error });
    if (policy.kind === "propagate") throw policy.error;
    return state;
  }

  /** An observer is the homeserver's: what goes wrong in it is no failure of the callback. */
  #observe(index: number, context: HookContext, seen: Pick<Observation, "decided" | "answer" | "error">): void {
    if (!this.#observer) return;
    const { module, name } = this.callbacks[index] as ChainCallback;
    try {
      this.#observer(Object.freeze({ hook: this.name, module: module.id, callback: name, context, ...seen }));
    } catch (error) {
      this.#reports.observerFailed(index, error, context);
    }
  }
}

function hostStopped(chain: string): LigandError {
  return new LigandError("LIGAND_HOST_STOPPED", `${chain} was called after the host was stopped`);
}

function cancelled({ signal, requestId }: HookContext, cause: unknown = signal?.reason): CancelledError {
  return new CancelledError(requestId === undefined ? undefined : `request ${requestId} was cancelled`, { cause });
}
