import { callbackName, type CallbackName } from "../hooks/callback-name.js";
import { CallbackReports } from "./callback-reports.js";
import type { Call, ChainCallback, Interest } from "../hooks/contribution.js";
import { isAborted } from "./cancellation.js";
import type { Budgets } from "./budgets.js";
import type { HookContext } from "../hooks/context.js";
import { FreeList } from "./free-list.js";
import type { AnyHook } from "../hooks/hook.js";
import { Judge } from "./judge.js";
import { Limit } from "./limit.js";
import { Meter } from "./meter.js";
import { notifyObserver } from "./notify-observer.js";
import type { Observer } from "./observer.js";
import { OperatedDispatch, type Kept } from "./operated-dispatch.js";
import type { Parameter } from "../hooks/parameter.js";
import { PendingDispatch } from "./pending-dispatch.js";
import type { PlanParts } from "./plan-parts.js";
import { OperatedRecorded, PendingRecorded } from "./pending-recorded.js";
import { RecordedChain, type Recorder } from "./recorded-dispatch.js";
import { recordedCalls, recordedShadows, recordedStrategy, RecordingJudge } from "./recording.js";
import { numberCallbacks } from "./running-callback.js";
import { shadowPlace, withShadows } from "./shadow-places.js";
import type { ShadowRunner } from "./shadowed-dispatch.js";
import { mayHoldSecrets } from "../hooks/secrets-of.js";
import { returnState, type Strategy } from "../hooks/strategy.js";
import { timedCall } from "./timed-call.js";
import { WantedArguments } from "../hooks/wanted-arguments.js";
import { isWaiting, type Watchdog } from "./watchdog.js";
import { withinLimit } from "./within-limit.js";

/** Sentinel for strategies without a pass answer; never equal to anything a callback returns. */
const NO_PASS = Symbol("no pass answer");
/** Sentinel for strategies whose dispatches can't share one initial state. */
const OWN_STATE = Symbol("own state");

/** Where nothing runs callbacks in shadow. */
const NO_SHADOWS: ShadowRunner = { enter: () => undefined };

/** What all chains of a host share. */
export interface SharedParts {
  readonly watchdog: Watchdog;
  readonly budgets: Budgets;
  readonly observer?: Observer | undefined;
  /** Receives each dispatch, if decisions are recorded. */
  readonly recorder?: Recorder | undefined;
}

/** The callbacks of a chain, for as long as they stay the same, and all that a dispatch needs to run them. */
export class Plan<State = unknown, Result = unknown> {
  // Declared and assigned: of a field that is defined first, V8 knows no type, and each dispatch looks.
  declare readonly calls: readonly Call[];
  /** The same, for dispatches that are timed. */
  declare readonly timedCalls: readonly Call[];
  readonly reports: CallbackReports;
  readonly judge: PlanParts<State, Result>["judge"];
  declare readonly meter: Meter;
  /** The answer that changes nothing. It's the commonest one, so dispatches don't judge it. */
  declare readonly pass: unknown;
  /** The number of the first callback in `RUNNING`; the others follow. */
  declare readonly first: number;
  readonly last: number;
  /** The callbacks, for the homeserver to show. */
  readonly names: readonly CallbackName[];
  /** The same with those in shadow. */
  readonly called: readonly CallbackName[];
  /** What each of them can look at. */
  readonly interests: readonly Interest[];
  /** What those look at that are asked about an event. */
  readonly wanted: WantedArguments;
  /** What a dispatch waits for: the same, without what only those in shadow look at. */
  readonly awaited: WantedArguments;
  /** The budgets of the callbacks that have one: members that few callbacks have are slow to look for. */
  readonly limits: readonly (Limit | undefined)[];
  /** Where a dispatch that waits keeps something of the call. */
  readonly kept: readonly (Kept | undefined)[];
  readonly #shield: boolean;
  readonly #isOperated: boolean;
  readonly #isRecorded: boolean;
  readonly #strategy: Strategy<State, Result>;
  readonly #initial: State | typeof OWN_STATE;
  /** Whether the state is the result: the commonest strategies have such a state. */
  readonly #returnsState: boolean;
  readonly #empty: Result;
  /** The dispatch of a hook whose dispatches don't overlap: it's neither taken from a list nor given back to one. */
  #only: PendingDispatch<State, Result> | undefined;
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
    readonly shadows: ShadowRunner = NO_SHADOWS,
  ) {
    const { observer, budgets, recorder } = shared;
    Object.freeze(callbacks);
    const enforced = callbacks.filter(({ shadow }) => !shadow);
    this.meter = new Meter(callbacks, previous?.meter);
    this.limits = callbacks.map(({ timeoutMs, shadow }) =>
      timeoutMs === undefined || shadow ? undefined : new Limit(timeoutMs, budgets.queueOf(timeoutMs)),
    );
    this.#isRecorded = recorder !== undefined;
    this.#isOperated = enforced.some(({ timeoutMs, joined, guard }) => timeoutMs !== undefined || joined || guard);
    this.reports = new CallbackReports(name, hook, callbacks);
    const declared = hook.strategy as Strategy<State, Result>;
    const recorded = recorder && new RecordedChain(name, hook, callbacks, recorder, declared.done(declared.start()));
    // Not frozen on purpose: V8 reads frozen elements at half speed.
    const calls = callbacks.map((callback, index) => {
      if (callback.shadow) return shadowPlace(callback, hook, this.meter.counters[index]!);
      callback.later?.countIn(this.meter.counters[index]!);
      const limit = this.limits[index];
      return limit ? withinLimit(callback, hook, limit, budgets, this.reports.lateAt(index)) : callback.call;
    });
    this.calls = recorded ? recordedCalls(calls, recorded) : calls;
    this.kept = callbacks.map(({ guard }, index) => {
      const limit = this.limits[index]?.givesContexts ? this.limits[index] : undefined;
      return guard || limit ? { guard, limit } : undefined;
    });
    this.timedCalls = this.calls.map((call, index) => timedCall(call, this.meter.counters[index]!));
    const runner = recorded ? recordedShadows(shadows) : shadows;
    const strategy =
      enforced.length < callbacks.length
        ? (withShadows(declared, name, hook, runner) as unknown as Strategy<State, Result>)
        : declared;
    const notify = notifyObserver(observer, name, callbacks, this.reports);
    const judge = new Judge(hook, callbacks, this.meter, this.reports, strategy, notify);
    // An observer receives every answer.
    const pass = "pass" in strategy && !observer ? strategy.pass : NO_PASS;
    // A dispatch that is recorded stands for its state, and every answer is noted.
    this.judge = recorded ? (new RecordingJudge(judge, pass) as unknown as typeof judge) : judge;
    this.#strategy = recorded ? (recordedStrategy(strategy, recorded) as unknown as Strategy<State, Result>) : strategy;
    this.pass = recorded ? NO_PASS : pass;
    // A cancelled request is asked nothing; without a callback that could be asked it has its result.
    this.#shield = hook.shield && enforced.length > 0;
    this.first = numberCallbacks(this, name, callbacks);
    // What a failed callback threw is logged without the secrets among its arguments.
    this.last = mayHoldSecrets(hook.parameters as readonly Parameter[]) ? -1 : callbacks.length - 1;
    this.names = Object.freeze(enforced.map(callbackName));
    this.called = Object.freeze(callbacks.map(callbackName));
    this.interests = callbacks.map(({ interest }) => interest);
    this.wanted = new WantedArguments(hook, this.interests);
    this.awaited =
      enforced.length < callbacks.length
        ? new WantedArguments(
            hook,
            enforced.map(({ interest }) => interest),
          )
        : this.wanted;
    this.#returnsState = this.#strategy.done === returnState;
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
    // oxlint-disable-next-line typescript/no-unnecessary-boolean-literal-compare -- as a condition it takes ten instructions more
    return this.#returnsState === true ? (state as unknown as Result) : this.#strategy.done(state);
  }

  /** Whether the request is cancelled, and that ends a dispatch of the hook. */
  isCancelled(context: HookContext): boolean {
    // oxlint-disable-next-line typescript/no-unnecessary-boolean-literal-compare -- as a condition it takes ten instructions more
    return this.#shield === true && isAborted(context);
  }

  /** The result without a callback: one constant, but a new `Set` or `Map` each time, since its owner may add to it. */
  emptyResult(): Result {
    return isCollection(this.#empty) ? this.#strategy.done(this.#strategy.start()) : this.#empty;
  }

  /** A dispatch that can begin to wait. */
  pending({ deadline }: HookContext): PendingDispatch<State, Result> {
    if (this.#isOperated || deadline !== undefined) return this.operated();
    const only = (this.#only ??= this.#newPending());
    return isWaiting(only) ? (this.#free.take() ?? this.#newPending(this.#free)) : only;
  }

  #newPending(free?: FreeList<PendingDispatch<State, Result>>): PendingDispatch<State, Result> {
    const Pending = this.#isRecorded ? PendingRecorded : PendingDispatch;
    return new Pending(this, this.shared.watchdog, free);
  }

  /** A dispatch that can begin to wait, and give up. */
  operated(): OperatedDispatch<State, Result> {
    const { watchdog, budgets } = this.shared;
    const Operated = this.#isRecorded ? OperatedRecorded : OperatedDispatch;
    return this.#freeOperated.take() ?? new Operated(this, watchdog, budgets, this.#freeOperated);
  }
}

function isCollection(result: unknown): boolean {
  return result instanceof Set || result instanceof Map;
}
