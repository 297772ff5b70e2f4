import { callbackName, type CallbackName } from "./callback-name.js";
import { CallbackReports } from "./callback-reports.js";
import type { Call, ChainCallback, Interest } from "./contribution.js";
import type { Budgets } from "./budgets.js";
import type { HookContext } from "./context.js";
import { FreeList } from "./free-list.js";
import type { AnyHook } from "./hook.js";
import { Judge } from "./judge.js";
import { Limit } from "./limit.js";
import { Meter } from "./meter.js";
import { notifyObserver } from "./notify-observer.js";
import type { Observer } from "./observer.js";
import { OperatedDispatch } from "./operated-dispatch.js";
import { PendingDispatch } from "./pending-dispatch.js";
import { numberCallbacks } from "./running-callback.js";
import { shadowPlace, withShadows } from "./shadow-places.js";
import type { ShadowRunner } from "./shadowed-dispatch.js";
import type { Strategy } from "./strategy.js";
import { WantedArguments } from "./wanted-arguments.js";
import type { Watchdog } from "./watchdog.js";
import { withinLimit } from "./within-limit.js";

/** Sentinel for strategies without a pass answer; never equal to anything a callback returns. */
const NO_PASS = Symbol("no pass answer");
/** Sentinel for strategies whose dispatches cannot share one initial state. */
const OWN_STATE = Symbol("own state");

/** Where nothing runs callbacks in shadow. */
const NO_SHADOWS: ShadowRunner = { enter: () => undefined };

/** What all chains of a host share. */
export interface SharedParts {
  readonly watchdog: Watchdog;
  readonly budgets: Budgets;
  readonly observer?: Observer | undefined;
}

/** The callbacks of a chain, for as long as they stay the same, and all that a dispatch needs to run them. */
export class Plan<State = unknown, Result = unknown> {
  readonly calls: readonly Call[];
  /** The same, for dispatches that are timed. */
  readonly timedCalls: readonly Call[];
  readonly reports: CallbackReports;
  readonly judge: Judge<State, Result>;
  readonly meter: Meter;
  /** The answer that changes nothing. It's the commonest one, so dispatches don't judge it. */
  readonly pass: unknown;
  readonly shield: boolean;
  /** The number of the first callback in `RUNNING`; the others follow. */
  readonly first: number;
  /** The callbacks, for the homeserver to show. */
  readonly names: readonly CallbackName[];
  /** The same with those in shadow. */
  readonly called: readonly CallbackName[];
  /** What each of them can look at. */
  readonly interests: readonly Interest[];
  /** What those look at that are asked about an event. */
  readonly wanted: WantedArguments;
  /** The budgets of the callbacks that have one. */
  readonly limits: readonly (Limit | undefined)[];
  readonly #isOperated: boolean;
  readonly #strategy: Strategy<State, Result>;
  readonly #initial: State | typeof OWN_STATE;
  readonly #empty: Result;
  /** Dispatches that have ended, for those to come. */
  readonly #free = new FreeList<PendingDispatch<State, Result>>();
  readonly #freeOperated = new FreeList<OperatedDispatch<State, Result>>();

  /**
   * @param name `Category.hook`, as logs and metrics name it.
   * @param previous the plan that this one replaces; callbacks that stay are counted on.
   * @param shadows runs the callbacks in shadow, at whose places a dispatch only notes what it passes
   */
  constructor(
    name: string,
    hook: AnyHook,
    readonly callbacks: readonly ChainCallback[],
    private readonly shared: SharedParts,
    previous?: Plan<State, Result>,
    shadows: ShadowRunner = NO_SHADOWS,
  ) {
    const { observer, budgets } = shared;
    Object.freeze(callbacks);
    const enforced = callbacks.filter(({ shadow }) => !shadow);
    this.meter = new Meter(callbacks, previous?.meter);
    this.limits = callbacks.map(({ timeoutMs, shadow }) =>
      timeoutMs === undefined || shadow ? undefined : new Limit(timeoutMs, budgets.queueOf(timeoutMs)),
    );
    this.#isOperated = enforced.some(({ timeoutMs, joined }) => timeoutMs !== undefined || joined);
    this.reports = new CallbackReports(name, hook, callbacks);
    // Not frozen on purpose: V8 reads frozen elements at half speed.
    this.calls = callbacks.map((callback, index) => {
      if (callback.shadow) return shadowPlace(callback, hook, this.meter.counters[index]!);
      const limit = this.limits[index];
      return limit ? withinLimit(callback, hook, limit, budgets, this.reports.lateAt(index)) : callback.call;
    });
    this.timedCalls = this.calls.map((call, index) => this.meter.timing(call, index));
    const strategy = hook.strategy as Strategy<State, Result>;
    this.#strategy =
      enforced.length < callbacks.length
        ? (withShadows(strategy, name, hook, shadows) as unknown as Strategy<State, Result>)
        : strategy;
    const notify = notifyObserver(observer, name, callbacks, this.reports);
    this.judge = new Judge(hook, callbacks, this.meter, this.reports, this.#strategy, notify);
    // An observer receives every answer.
    this.pass = "pass" in this.#strategy && !observer ? this.#strategy.pass : NO_PASS;
    // A cancelled request is asked nothing; without a callback that could be asked it has its result.
    this.shield = hook.shield && enforced.length > 0;
    this.first = numberCallbacks(this, name, callbacks);
    this.names = Object.freeze(enforced.map(callbackName));
    this.called = Object.freeze(callbacks.map(callbackName));
    this.interests = callbacks.map(({ interest }) => interest);
    this.wanted = new WantedArguments(hook, this.interests);
    const initial = this.#strategy.start();
    this.#empty = this.#strategy.done(initial);
    this.#initial =
      (typeof initial === "object" && initial !== null) || isCollection(this.#empty) ? OWN_STATE : initial;
  }

  /** The state that a dispatch begins with. */
  start(): State {
    return this.#initial === OWN_STATE ? this.#strategy.start() : this.#initial;
  }

  /** The result when no callback ended the dispatch. */
  done(state: State): Result {
    return state === this.#initial ? this.#empty : this.#strategy.done(state);
  }

  /** The result without a callback: one constant, but a new `Set` or `Map` each time, since its owner may add to it. */
  emptyResult(): Result {
    return isCollection(this.#empty) ? this.#strategy.done(this.#strategy.start()) : this.#empty;
  }

  /** A dispatch that can begin to wait. */
  pending({ deadline }: HookContext): PendingDispatch<State, Result> {
    if (this.#isOperated || deadline !== undefined) return this.operated();
    return this.#free.take() ?? new PendingDispatch(this, this.shared.watchdog, this.#free);
  }

  /** A dispatch that can begin to wait, and give up. */
  operated(): OperatedDispatch<State, Result> {
    const { watchdog, budgets } = this.shared;
    return this.#freeOperated.take() ?? new OperatedDispatch(this, watchdog, budgets, this.#freeOperated);
  }
}

function isCollection(result: unknown): boolean {
  return result instanceof Set || result instanceof Map;
}
