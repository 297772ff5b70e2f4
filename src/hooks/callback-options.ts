import type { RoomEvent } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";
import type { SelectedState, StateSelection } from "../matrix/state-selection.js";

/** Options of the decorators of hooks that are about an event. @public */
export interface EventOptions {
  /** The types of events to call the callback for, such as `["m.room.member"]`; all by default. */
  readonly types?: readonly string[];
}

/** Options of the decorators of hooks that have the state of a room. @public */
export interface StateOptions {
  /**
   * The state events to load: a type with all its state keys (`["m.room.member"]`, or the string alone), or a type and
   * a state key (`["m.room.power_levels", ""]`). Where the hook is about an event, the state keys `"$sender"` and
   * `"$state_key"` are those of the event. `[]` loads none. By default a callback that declares the parameter gets the
   * whole state of the room.
   */
  readonly state?: readonly (string | SelectedState)[];
}

/** Options of the decorators of hooks that are about an event and have the state of its room. @public */
export interface CallbackOptions extends EventOptions, StateOptions {}

type Has<Args extends readonly unknown[], Type> = [Extract<Args[number], Type>] extends [never] ? false : true;

/** What the decorator of a hook with these arguments takes. */
export type OptionsFor<Args extends readonly unknown[]> =
  Has<Args, RoomEvent> extends true
    ? Has<Args, StateMap<RoomEvent>> extends true
      ? [options?: CallbackOptions]
      : [options?: EventOptions]
    : Has<Args, StateMap<RoomEvent>> extends true
      ? [options?: StateOptions]
      : [];

/** What its decorator narrows a callback to. */
export interface Narrowing {
  readonly types?: readonly string[];
  readonly state?: StateSelection;
}
