/** Ends a dispatch with a result: later callbacks aren't called. */
export class Stop<Result> {
  constructor(readonly result: Result) {}
}

/** An answer that is deprecated or illegal; the dispatch continues with `outcome`. */
export class AnswerIssue<Outcome> {
  constructor(
    readonly kind: "deprecated" | "illegal",
    /** What the callback should return instead. */
    readonly expected: string,
    readonly outcome: Outcome,
  ) {}
}

/** What a strategy makes of one answer: the state to continue with, or the end of the dispatch, with or without an issue. */
export type Step<State, Result> = State | Stop<Result> | AnswerIssue<State | Stop<Result>>;

/**
 * How the answers of a chain's callbacks become one result: a fold that can end early.
 *
 * A state belongs to one dispatch: `start` makes it, and `step` may change and return the one it receives. Beyond that the
 * functions are pure. `step` throws a {@link LigandError} `LIGAND_ANSWER_ILLEGAL` for an answer that counts as a
 * failure of the callback; the hook's failure policy then decides.
 */
export interface Strategy<State, Result> {
  /** The strategy in a few words, for documentation. */
  readonly name: string;
  /** In full sentences: which answers decide, and what the result is if none does. */
  readonly summary: string;
  /** The commonest answer that leaves the state as it is: the dispatch continues without calling `step`. */
  readonly pass?: unknown;
  start(): State;
  step(state: State, answer: unknown): Step<State, Result>;
  /** The result when no callback ended the dispatch. */
  done(state: State): Result;
  /** Notified when an error that a callback threw ends the dispatch. */
  failed?(state: State, error: unknown): void;
}

/** {@link Strategy.done} where the state is the result: a plan knows this function, and doesn't call it. */
export function returnState<State>(state: State): State {
  return state;
}

/** Reads one answer: the value it stands for, with an issue where the form is deprecated or illegal. */
export type Read<Value> = (answer: unknown) => Value | AnswerIssue<Value>;

/** Applies `step` to the value of a reading and keeps its issue. */
export function stepWith<Value, State, Result>(
  reading: Value | AnswerIssue<Value>,
  step: (value: Value) => State | Stop<Result>,
): Step<State, Result> {
  if (reading instanceof AnswerIssue) return new AnswerIssue(reading.kind, reading.expected, step(reading.outcome));
  return step(reading);
}
