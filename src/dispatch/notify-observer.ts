import type { CallbackReports } from "./callback-reports.js";
import type { HookContext } from "../hooks/context.js";
import type { RegisteredCallback } from "../hooks/contribution.js";
import type { Observation, Observer } from "./observer.js";

/**
 * Notifies an observer of what a callback came to.
 *
 * @param index which callback of the chain
 */
export type Notify = (
  index: number,
  context: HookContext,
  see: () => Pick<Observation, "decided" | "answer" | "error">,
) => void;

/** How the dispatches of a chain notify the homeserver's observer; undefined without one. */
export function notifyObserver(
  observer: Observer | undefined,
  chain: string,
  callbacks: readonly RegisteredCallback[],
  reports: CallbackReports,
): Notify | undefined {
  if (!observer) return undefined;
  return (index, context, see) => {
    const { module, name } = callbacks[index]!;
    // An observer belongs to the homeserver: its errors aren't failures of the callback.
    try {
      observer(Object.freeze({ hook: chain, module: module.id, callback: name, context, ...see() }));
    } catch (error) {
      reports.observerFailed(index, error, context);
    }
  };
}
