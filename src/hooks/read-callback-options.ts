import { closest } from "../errors/did-you-mean.js";
import { LigandError } from "../errors/ligand-error.js";
import { standsForEvent, type SelectedState, type StateSelection } from "../matrix/state-selection.js";
import { describe } from "../errors/describe.js";
import type { Narrowing } from "./callback-options.js";
import { positionOf, type Parameter } from "./parameter.js";

const EXAMPLES = {
  types: '{ types: ["m.room.member"] }',
  state: '{ state: [["m.room.power_levels", ""], ["m.room.member"]] }',
} as const;

/**
 * Reads the arguments of a hook's decorator.
 *
 * @param decorator how it is written, such as `ThirdPartyRules.onNewEvent`
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` saying what is wrong and what to write.
 */
export function readCallbackOptions(
  decorator: string,
  parameters: readonly Parameter[],
  given: unknown,
): Narrowing | undefined {
  if (given === undefined) return undefined;
  const isAboutEvent = positionOf(parameters, "event") >= 0;
  const known = [...(isAboutEvent ? ["types"] : []), ...(positionOf(parameters, "state") >= 0 ? ["state"] : [])];
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
