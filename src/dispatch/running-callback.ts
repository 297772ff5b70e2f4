import type { ChainCallback, HookLog } from "../hooks/contribution.js";

/**
 * What runs on this thread now, in memory that another thread can read while this one is blocked: first the number of
 * the callback, 0 for none; then a count that grows with each dispatch and each callback that follows a promise, so
 * that one long call and two short ones look different. Plain stores: atomic ones cost seven times as much.
 */
export const RUNNING = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));

/** Positions in {@link RUNNING}. */
export const CALLBACK = 0;
export const STEPS = 1;

/** A callback as log lines name it. */
export interface NumberedCallback {
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly name: string;
  /** `Category.hook`, as logs and metrics name it. */
  readonly hook: string;
  /** Where its module logs. */
  readonly log: HookLog;
}

/** The callbacks that have a number, and how often they changed. */
export const NUMBERED: { readonly callbacks: ReadonlyMap<number, NumberedCallback>; readonly changes: number } = {
  get callbacks() {
    return numbered;
  },
  get changes() {
    return changes;
  },
};
const numbered = new Map<number, NumberedCallback>();
let last = 0;
let changes = 0;
/** Chains are replaced, and hosts are dropped without notice. */
const gone = new FinalizationRegistry<{ readonly first: number; readonly count: number }>(({ first, count }) => {
  for (let number = first; number < first + count; number++) numbered.delete(number);
  changes++;
});

/**
 * Numbers the callbacks of a chain, for as long as the chain exists.
 *
 * @returns the number of the first; the others follow.
 */
export function numberCallbacks(chain: object, hook: string, callbacks: readonly ChainCallback[]): number {
  const first = last + 1;
  if (callbacks.length === 0) return first;
  for (const { module, name, log } of callbacks) numbered.set(++last, { module: module.id, name, hook, log });
  gone.register(chain, { first, count: callbacks.length });
  changes++;
  return first;
}
