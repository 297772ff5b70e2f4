import type { HookContext } from "../hooks/context.js";

/** By the contexts of dispatches: its maker may have lent it something. */
const NOTIFIED = new WeakMap<HookContext, (ended: Promise<void>) => void>();

/**
 * Has a function called before a dispatch returns if it passed callbacks in shadow, with what resolves once their calls have
 * ended: until then, they use its arguments.
 *
 * @param context of that dispatch alone
 */
export function whenShadowed(context: HookContext, notify: (ended: Promise<void>) => void): void {
  NOTIFIED.set(context, notify);
}

/** What is to be called for calls in shadow of a dispatch. */
export function notifiedOfShadows(context: HookContext): ((ended: Promise<void>) => void) | undefined {
  return NOTIFIED.get(context);
}
