import { closest } from "../errors/did-you-mean.js";
import { LigandError } from "../errors/ligand-error.js";
import type { RoomEvent } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";
import { standsForEvent, type SelectedState, type StateSelection } from "../matrix/state-selection.js";
import { describe } from "../errors/describe.js";
import { positionOf, type AnyHook } from "./hook.js";

/** Options of the decorators of hooks that are about an event. */
export interface EventOptions {
  /** The types of events to call the callback for, such as `["m.room.member"]`; all by default. */
  readonly types?: readonly string[];
}

/** Options of the decorators of hooks that have the state of a room. */
export interface StateOptions {
  /**
   * The state events to load: a type with all its state keys (`["m.room.member"]`, or the string alone), or a type and
   * a state key (`["m.room.power_levels", ""]`). Where the hook is about an event, the state keys `"$sender"` and
   * `"$state_key"` are those of the event. `[]` loads none. By default a callback that declares the parameter gets the
   * whole state of the room.
   */
  readonly state?: readonly (string | SelectedState)[];
}

/** Options of the decorators of hooks that are about an event and have the state of its room. */
export interface CallbackOptions extends EventOptions, StateOptions {}

type Has<Args extends readonly unknown[], Type> = [Extract<Args[number], Type>] extends [never] ? false : true;

/** What the decorator of a hook takes that has these arguments. */
export type OptionsFor<Args extends readonly unknown[]> =
  Has<Args, RoomEvent> extends true
    ? Has<Args, StateMap<RoomEvent>> extends true
      ? [options?: CallbackOptions]
      : [options?: EventOptions]
    : Has<Args, StateMap<RoomEvent>> extends true
      ? [options?: StateOptions]
      : [];

/** What a callback is narrowed to by its decorator. */
export interface Narrowing {
  readonly types?: readonly string[];
  readonly state?: StateSelection;
}

const EXAMPLES = {
  types: '{ types: ["m.room.member"] }',
  state: '{ state: [["m.room.power_levels", ""], ["m.room.member"]] }',
} as const;

/**
 * Reads what the decorator of a hook was given.
 *
 * @param decorator how it is written, such as `ThirdPartyRules.onNewEvent`
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` saying what is wrong and what to write.
 */
export function readCallbackOptions(decorator: string, hook: AnyHook, given: unknown): Narrowing | undefined {
  if (given === undefined) return undefined;
  const isAboutEvent = positionOf(hook, "event") >= 0;
  const known = [...(isAboutEvent ? ["types"] : []), ...(positionOf(hook, "state") >= 0 ? ["state"] : [])];
  const invalid = (message: string, option: string | undefined = known.at(-1)) =>
    new LigandError("LIGAND_ARGUMENT_INVALID", `@${decorator}: ${message}`, {
      remedy: isOption(option)
        ? `Write \`@${decorator}(${EXAMPLES[option]})\`, or \`@${decorator}()\` for everything.`
        : `Write \`@${decorator}()\`.`,
    });
  if (known.length === 0) throw invalid("the hook's decorator takes no options");
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid(`the options are ${describe(given)}; expected an object`);
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const meant = closest(name, known);
    const expected = meant === undefined ? `the hook takes ${known.join(" and ")}` : `did you mean \`${meant}\`?`;
    throw invalid(`unknown option \`${name}\`; ${expected}`, meant);
  }
  const { types, state } = given as { readonly types?: unknown; readonly state?: unknown };
  return Object.freeze({
    ...(types !== undefined && { types: readTypes(types, invalid) }),
    ...(state !== undefined && { state: readState(state, isAboutEvent, invalid) }),
  });
}

type Invalid = (message: string, option: string) => LigandError;

function readTypes(types: unknown, invalid: Invalid): readonly string[] {
  if (!Array.isArray(types))
    throw invalid(`\`types\` is ${describe(types)}; expected an array of event types`, "types");
  if (types.length === 0) throw invalid("`types` is empty, so the callback would never be called", "types");
  for (const [index, type] of types.entries()) assertType(type, `types[${index}]`, "types", invalid);
  return Object.freeze([...new Set(types as string[])]);
}

function readState(state: unknown, isAboutEvent: boolean, invalid: Invalid): StateSelection {
  if (!Array.isArray(state)) throw invalid(`\`state\` is ${describe(state)}; expected an array`, "state");
  const entries = state.map((entry: unknown, index): SelectedState => {
    const at = `state[${index}]`;
    if (typeof entry === "string") return [assertType(entry, at, "state", invalid)];
    if (!Array.isArray(entry) || entry.length < 1 || entry.length > 2) {
      throw invalid(`\`${at}\` is ${describe(entry)}; expected a type, or a type and a state key`, "state");
    }
    const [type, stateKey] = entry as [unknown, unknown];
    const selected = assertType(type, `${at}[0]`, "state", invalid);
    if (entry.length === 1) return Object.freeze([selected] as const);
    if (typeof stateKey !== "string") {
      throw invalid(`\`${at}[1]\` is ${describe(stateKey)}; expected a state key, or nothing for all of them`, "state");
    }
    if (standsForEvent(stateKey) && !isAboutEvent) {
      throw invalid(`\`${at}[1]\` is "${stateKey}", but the hook has no event that it could belong to`, "state");
    }
    return Object.freeze([selected, stateKey] as const);
  });
  return Object.freeze(entries);
}

function assertType(type: unknown, at: string, option: string, invalid: Invalid): string {
  if (typeof type !== "string" || type === "") {
    throw invalid(`\`${at}\` is ${describe(type)}; expected the type of an event`, option);
  }
  if (type.includes("*")) throw invalid(`\`${at}\` is ${JSON.stringify(type)}; patterns aren't supported`, option);
  return type;
}

function isOption(name: string | undefined): name is keyof typeof EXAMPLES {
  return name === "types" || name === "state";
}
