/** Ends a dispatch with a result: the callbacks that follow are not asked. */
export class Stop<Result> {
  constructor(readonly result: Result) {}
}

/** A note about an answer that is not of the present form; `outcome` is what the dispatch goes on with. */
export class Remark<Outcome> {
  constructor(
    readonly kind: "deprecated" | "illegal",
    /** What the callback should answer instead. */
    readonly expected: string,
    readonly outcome: Outcome,
  ) {}
}

/** What a strategy makes of one answer: the state to go on with or the end of the dispatch, with or without a remark. */
export type Step<State, Result> = State | Stop<Result> | Remark<State | Stop<Result>>;

/**
 * How the answers of a chain's callbacks become one result: a fold that can end early.
 *
 * A state belongs to one dispatch: `start` makes it, and `step` may return the one it was given, changed. Beyond that the
 * functions are pure. `step` throws a {@link LigandError} `LIGAND_ANSWER_ILLEGAL` for an answer that counts as a
 * failure of the callback; the hook's failure policy then decides.
 */
export interface Strategy<State, Result> {
  /** The strategy in a few words, for documentation. */
  readonly name: string;
  /** In whole sentences: which answers decide, and what the result is when none does. */
  readonly summary: string;
  /** The commonest answer that leaves the state as it is: the dispatch goes on without calling `step`. */
  readonly pass?: unknown;
  start(): State;
  step(state: State, answer: unknown): Step<State, Result>;
  /** The result when no callback ended the dispatch. */
  done(state: State): Result;
}

/** Reads one answer: the value it stands for, with a remark where the form is deprecated or illegal. */
export type Read<Value> = (answer: unknown) => Value | Remark<Value>;

/** Applies `step` to the value of a reading and keeps its remark. */
export function stepWith<Value, State, Result>(
  reading: Value | Remark<Value>,
  step: (value: Value) => State | Stop<Result>,
): Step<State, Result> {
  if (reading instanceof Remark) return new Remark(reading.kind, reading.expected, step(reading.outcome));
  return step(reading);
}
