import { caught } from "../errors/caught.js";
import { isCancelled } from "./cancellation.js";
import type { HookContext } from "../hooks/context.js";
import type { Call } from "../hooks/contribution.js";
import type { Judge } from "./judge.js";
import { RecordedDispatch, type RecordedChain } from "./recorded-dispatch.js";
import { ShadowPlace } from "./shadow-places.js";
import type { ShadowRunner } from "./shadowed-dispatch.js";
import { Stop, type Strategy } from "../hooks/strategy.js";

/**
 * The dispatch that calls a callback now, or judges one. Nothing comes between: a plan makes its state and calls its first
 * callback, and a judgement is followed by the next call.
 */
let current: RecordedDispatch | undefined;

/** The dispatch goes on; for one that waits, before its next call. */
export function continueRecorded(state: unknown): void {
  current = state as RecordedDispatch;
}

/** The dispatch begins to wait: from then on the clock is cheap. */
export function timeRecorded(state: unknown): void {
  (state as RecordedDispatch).time();
}

/** A circuit breaker leaves out the callback that is being called, and something stands in for it. */
export function noteLeftOut(): void {
  if (current) current.isLeftOut = true;
}

/** The same strategy, whose states are dispatches that are recorded. Their steps are made by {@link RecordingJudge}. */
export function recordedStrategy<State, Result>(
  strategy: Strategy<State, Result>,
  chain: RecordedChain,
): Strategy<RecordedDispatch<State>, Result> {
  return {
    name: strategy.name,
    summary: strategy.summary,
    start() {
      const dispatch = new RecordedDispatch(strategy.start(), chain);
      current = dispatch;
      return dispatch;
    },
    step: (dispatch) => dispatch,
    done(dispatch) {
      current = dispatch;
      const result = strategy.done(dispatch.state);
      end(dispatch, { result });
      return result;
    },
  };
}

/** The same calls, of which the first notes what the hook was called with, and each what its callback asks. */
export function recordedCalls(
  calls: readonly Call[],
  { arity, callbacks, hook, recorder }: RecordedChain,
): readonly Call[] {
  return calls.map((call, index) => {
    const callback = callbacks[index]!;
    // In shadow a callback is called later, by something else.
    const reading = callback.shadow ? undefined : recorder.reading?.({ ...callback, call }, hook);
    const reads: Call = reading ? (...args) => reading(current!.readsOf(index), args) : call;
    if (index > 0) return reads;
    return (a0, a1, a2, a3, a4, a5) => {
      current!.begin(argumentList(arity, a0, a1, a2, a3, a4, a5));
      return reads(a0, a1, a2, a3, a4, a5);
    };
  });
}

/** The same runner, which notes what callbacks in shadow come to. */
export function recordedShadows(runner: ShadowRunner): ShadowRunner {
  return {
    enter(dispatch) {
      const recorded = current!;
      recorded.awaitShadows(dispatch.calls.length);
      for (const call of dispatch.calls) call.settled = (outcome) => recorded.shadowed(call.callback, outcome);
      runner.enter(dispatch);
    },
  };
}

/** A judge who notes what callbacks came to. */
export class RecordingJudge<State, Result> implements Pick<
  Judge<RecordedDispatch<State>, Result>,
  "answered" | "failed"
> {
  /** @param pass the answer that changes nothing, which isn't judged */
  constructor(
    private readonly judge: Judge<State, Result>,
    private readonly pass: unknown,
  ) {}

  answered(
    answer: unknown,
    index: number,
    context: HookContext,
    dispatch: RecordedDispatch<State>,
  ): RecordedDispatch<State> | Stop<Result> {
    if (answer === this.pass) {
      dispatch.note(index, answer);
      current = dispatch;
      return dispatch;
    }
    current = dispatch;
    // An illegal answer throws, and has failed.
    const outcome = this.judge.answered(answer, index, context, dispatch.state);
    if (!ShadowPlace.is(answer)) dispatch.note(index, answer).decided = outcome instanceof Stop;
    return next(dispatch, outcome);
  }

  failed(
    thrown: unknown,
    index: number,
    context: HookContext,
    dispatch: RecordedDispatch<State>,
    args: readonly unknown[],
  ): RecordedDispatch<State> | Stop<Result> {
    current = dispatch;
    let outcome: State | Stop<Result>;
    try {
      outcome = this.judge.failed(thrown, index, context, dispatch.state, args);
    } catch (error) {
      // What a cancelled request came to is no decision.
      if (!isCancelled(caught(thrown), context)) {
        noteThrown(dispatch, index, thrown, true);
        end(dispatch, { error });
      }
      throw error;
    }
    noteThrown(dispatch, index, thrown, outcome instanceof Stop);
    return next(dispatch, outcome);
  }
}

function noteThrown<State>(dispatch: RecordedDispatch<State>, index: number, error: unknown, decided: boolean): void {
  Object.assign(dispatch.note(index, undefined), { thrown: { error }, decided });
}

/** The arguments and the context, as a list of their own. */
function argumentList(arity: number, ...[a0, a1, a2, a3, a4, a5]: Parameters<Call>): unknown[] {
  switch (arity) {
    case 0:
      return [a0];
    case 1:
      return [a0, a1];
    case 2:
      return [a0, a1, a2];
    case 3:
      return [a0, a1, a2, a3];
    case 4:
      return [a0, a1, a2, a3, a4];
    default:
      return [a0, a1, a2, a3, a4, a5];
  }
}

function next<State, Result>(
  dispatch: RecordedDispatch<State>,
  outcome: State | Stop<Result>,
): RecordedDispatch<State> | Stop<Result> {
  if (outcome instanceof Stop) {
    end(dispatch, { result: outcome.result });
    return outcome;
  }
  // Whom the judgement notified may have called a hook.
  current = dispatch;
  dispatch.state = outcome;
  return dispatch;
}

function end<State>(dispatch: RecordedDispatch<State>, outcome: NonNullable<RecordedDispatch["outcome"]>): void {
  // A request that's over is kept by nothing.
  current = undefined;
  dispatch.end(outcome);
}
