import type { RegisteredCallback } from "./contribution.js";

/**
 * What runs on this thread now, in memory that another thread can read while this one is blocked: first the number of
 * the callback, 0 for none; then a count that grows with each dispatch and each callback that follows a promise, so
 * that one long call and two short ones look different. Plain stores: atomic ones cost seven times as much.
 */
export const RUNNING = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));

/** Positions in {@link RUNNING}. */
export const CALLBACK = 0;
export const STEPS = 1;

/** A callback by its names. */
export interface NamedCallback {
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly name: string;
  /** `Category.hook`, as logs and metrics name it. */
  readonly hook: string;
}

const named = new Map<number, NamedCallback>();
let last = 0;
/** Chains are replaced, and hosts are dropped without a word. */
const gone = new FinalizationRegistry<{ readonly first: number; readonly count: number }>(({ first, count }) => {
  for (let number = first; number < first + count; number++) named.delete(number);
});

/**
 * Numbers the callbacks of a chain, for as long as the chain exists.
 *
 * @returns the number of the first; the others follow.
 */
export function numberCallbacks(chain: object, hook: string, callbacks: readonly RegisteredCallback[]): number {
  const first = last + 1;
  for (const { module, name } of callbacks) named.set(++last, { module: module.id, name, hook });
  if (callbacks.length > 0) gone.register(chain, { first, count: callbacks.length });
  return first;
}

/** All callbacks that have a number, by number. */
export function numberedCallbacks(): ReadonlyMap<number, NamedCallback> {
  return named;
}
