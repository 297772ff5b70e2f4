import { StateMap } from "../matrix/state-map.js";
import { resolveSelection, type SelectingEvent, type StateSelection } from "../matrix/state-selection.js";
import type { Narrowing } from "./callback-options.js";
import type { Call } from "./contribution.js";
import { positionOf, type AnyHook } from "./hook.js";

/** The answer of a callback that isn't asked about an event: strategies, observers and counters never see it. */
export const NOT_ASKED = Symbol("not asked");

const NO_STATE = new StateMap<unknown>();

/** The same call, for the events and with the state that the decorator asks for. */
export function narrowing(call: Call, hook: AnyHook, { types, state }: Narrowing = {}): Call {
  return forTypes(types, withState(call, hook, state));
}

function forTypes(types: readonly string[] | undefined, call: Call): Call {
  if (!types) return call;
  const asked = new Set(types);
  // The event is the first argument of every hook that is about one.
  return (a0, a1, a2, a3, a4, a5) =>
    asked.has((a0 as { readonly type: string }).type) ? call(a0, a1, a2, a3, a4, a5) : NOT_ASKED;
}

function withState(call: Call, hook: AnyHook, selection: StateSelection | undefined): Call {
  if (!selection) return call;
  const isAboutEvent = positionOf(hook, "event") === 0;
  const viewOf = (state: unknown, event: unknown) =>
    ((state as StateMap<unknown> | undefined) ?? NO_STATE).only(
      isAboutEvent ? resolveSelection(selection, event as SelectingEvent) : selection,
    );
  return positionOf(hook, "state") === 1
    ? (a0, a1, a2, a3, a4, a5) => call(a0, viewOf(a1, a0), a2, a3, a4, a5)
    : (a0, a1, a2, a3, a4, a5) => call(a0, a1, viewOf(a2, a0), a3, a4, a5);
}
