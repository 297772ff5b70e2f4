import { callbackName, type CallbackName } from "./callback-name.js";
import { CallbackReports } from "./callback-reports.js";
import type { Call, ChainCallback, Interest } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import { Judge } from "./judge.js";
import { Meter } from "./meter.js";
import type { Observer } from "./observer.js";
import { PendingDispatch } from "./pending-dispatch.js";
import { numberCallbacks } from "./running-callback.js";
import type { Strategy } from "./strategy.js";
import { WantedArguments } from "./wanted-arguments.js";
import type { Watchdog } from "./watchdog.js";

/** Sentinel for strategies without a pass answer; never equal to anything a callback returns. */
const NO_PASS = Symbol("no pass answer");
/** Sentinel for strategies whose dispatches cannot share one initial state. */
const OWN_STATE = Symbol("own state");

/** The callbacks of a chain, for as long as they stay the same, and all that a dispatch needs to run them. */
export class Plan<State = unknown, Result = unknown> {
  readonly callbacks: readonly ChainCallback[];
  readonly calls: readonly Call[];
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
  /** What each of them can look at. */
  readonly interests: readonly Interest[];
  /** What those look at that are asked about an event. */
  readonly wanted: WantedArguments;
  readonly #strategy: Strategy<State, Result>;
  readonly #initial: State | typeof OWN_STATE;
  readonly #empty: Result;
  /** Dispatches that have ended, for those to come. */
  readonly #free: PendingDispatch<State, Result>[] = [];

  /**
   * @param name `Category.hook`, as logs and metrics name it.
   * @param previous the plan that this one replaces; callbacks that stay are counted on.
   */
  constructor(
    name: string,
    hook: AnyHook,
    all: readonly ChainCallback[],
    private readonly watchdog: Watchdog,
    observer: Observer | undefined,
    previous?: Plan<State, Result>,
  ) {
    const callbacks = Object.freeze(all.filter(({ shadow }) => !shadow));
    this.callbacks = callbacks;
    // Not frozen on purpose: V8 reads frozen elements at half speed.
    this.calls = callbacks.map(({ call }) => call);
    this.reports = new CallbackReports(name, hook, callbacks);
    this.meter = new Meter(callbacks, previous?.meter);
    this.judge = new Judge(name, hook, callbacks, this.meter, this.reports, observer);
    this.#strategy = hook.strategy as Strategy<State, Result>;
    // An observer receives every answer.
    this.pass = "pass" in this.#strategy && !observer ? this.#strategy.pass : NO_PASS;
    this.shield = hook.shield;
    this.first = numberCallbacks(this, name, callbacks);
    this.names = Object.freeze(callbacks.map(callbackName));
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
  pending(): PendingDispatch<State, Result> {
    return this.#free.pop() ?? new PendingDispatch(this, this.watchdog, this.#free);
  }
}

function isCollection(result: unknown): boolean {
  return result instanceof Set || result instanceof Map;
}
