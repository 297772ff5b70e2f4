import { StateMap } from "../matrix/state-map.js";
import { resolveSelection, type SelectingEvent, type StateSelection } from "../matrix/state-selection.js";
import type { Narrowing } from "./callback-options.js";
import type { Call, Interest } from "./contribution.js";
import { LateState } from "./late-state.js";
import { positionOf, type Parameter } from "./parameter.js";

/** The answer of a callback that skips an event: strategies, observers and counters never see it. */
export const NOT_ASKED = Symbol("not asked");

const NO_STATE = new StateMap<unknown>();

/** The same call, only for the events and with the state that the decorator declares. */
export function narrowing(call: Call, parameters: readonly Parameter[], { types, state }: Narrowing = {}): Call {
  return forTypes(types, withState(call, parameters, state));
}

function forTypes(types: readonly string[] | undefined, call: Call): Call {
  if (!types) return call;
  const asked = new Set(types);
  // The event is the first argument of every hook that is about one.
  return (a0, a1, a2, a3, a4, a5) =>
    asked.has((a0 as { readonly type: string }).type) ? call(a0, a1, a2, a3, a4, a5) : NOT_ASKED;
}

function withState(call: Call, parameters: readonly Parameter[], selection: StateSelection | undefined): Call {
  if (!selection) return call;
  const isAboutEvent = positionOf(parameters, "event") === 0;
  const viewOf = (state: unknown, event: unknown) =>
    // One that is late isn't for this callback: it looks at none.
    ((LateState.is(state) ? undefined : (state as StateMap<unknown> | undefined)) ?? NO_STATE).only(
      isAboutEvent ? resolveSelection(selection, event as SelectingEvent) : selection,
    );
  return positionOf(parameters, "state") === 1
    ? (a0, a1, a2, a3, a4, a5) => call(a0, viewOf(a1, a0), a2, a3, a4, a5)
    : (a0, a1, a2, a3, a4, a5) => call(a0, a1, viewOf(a2, a0), a3, a4, a5);
}

/** What a callback can look at, of the events and the state that its decorator asks for. */
export function narrowedInterest(
  declared: Interest,
  all: readonly Parameter[],
  { types, state }: Narrowing = {},
): Interest {
  const interest = { ...declared, types: types ?? null };
  const position = positionOf(all, "state");
  if (position < 0 || state === undefined) return interest;
  const { parameters } = declared;
  if (state.length > 0) return { ...interest, parameters: Math.max(parameters, position + 1), state };
  // Nothing of the state: it need not be there, unless arguments that follow it must keep their places.
  return { ...interest, parameters: parameters === position + 1 ? position : parameters, state };
}
