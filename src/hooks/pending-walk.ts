import type { PendingDispatch } from "./watchdog.js";

/** A walk that waits for a callback. */
export interface PendingWalk<State> extends PendingDispatch {
  /** What the callback returned. */
  promise: PromiseLike<unknown>;
  state: State;
  /** Once the walk has ended. */
  result: unknown;
  /** When the callback was called, if the walk is one of those that are timed. */
  sampledAt: number | undefined;
  readonly a0: unknown;
  readonly a1: unknown;
  readonly a2: unknown;
  readonly a3: unknown;
  readonly a4: unknown;
  readonly a5: unknown;
}
