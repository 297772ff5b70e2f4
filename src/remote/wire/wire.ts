import { isSlot } from "../../catalogue/background-updates.js";
import { LigandError } from "../../errors/ligand-error.js";
import { isPlainObject } from "../../matrix/json.js";
import { cannotLeave, decodeMembers, encodeMembers, FORMS, type Handles } from "./wire-forms.js";
import type { Wire } from "./protocol.js";

/** How deeply a value that crosses may be nested. */
export const MAX_DEPTH = 1000;

const FORM_LIST = Object.entries(FORMS);

/** @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a value that can't leave its process. */
export function encode(value: unknown, handles: Handles, depth = 0): Wire {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && !Number.isFinite(value)) throw cannotLeave(`the number ${value}`);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  // The other side accepts no more, and would reject it.
  if (depth >= MAX_DEPTH) throw cannotLeave(`a value that is nested more deeply than ${MAX_DEPTH} levels`);
  const encodeHeld = (held: unknown) => encode(held, handles, depth + 1);
  if (Array.isArray(value)) return value.map(encodeHeld);
  for (const [name, form] of FORM_LIST) {
    if (form.is(value)) return { $: name, ...form.encode(value, encodeHeld, handles) };
  }
  if (isSlot(value)) return { enter: encodeHeld(methodOf(value, "enter")), exit: encodeHeld(methodOf(value, "exit")) };
  if (isPlainObject(value)) return encodeMembers(value, encodeHeld);
  if (isIterable(value)) return Array.from(value, encodeHeld);
  throw cannotLeave(`a ${value.constructor?.name ?? typeof value}`);
}

/**
 * @param decodeHeld decodes what a value contains; by default, values of the same forms
 * @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` for an unknown form, or content that doesn't match its form.
 */
export function decode(
  wire: Wire,
  handles: Handles,
  depth = 0,
  decodeHeld = (held: Wire): unknown => decode(held, handles, depth + 1),
): unknown {
  if (typeof wire !== "object" || wire === null) return wire;
  if (depth >= MAX_DEPTH) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `a value is nested more deeply than ${MAX_DEPTH} levels`);
  }
  if (Array.isArray(wire)) return wire.map(decodeHeld);
  if (!Object.hasOwn(wire, "$")) return decodeMembers(wire, decodeHeld);
  const name = wire["$"]!;
  if (typeof name !== "string" || !Object.hasOwn(FORMS, name)) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `a value has the unknown form ${JSON.stringify(name)}`);
  }
  try {
    return FORMS[name]!.decode(wire, decodeHeld, handles);
  } catch (error) {
    if (error instanceof LigandError && error.code === "LIGAND_REMOTE_PROTOCOL") throw error;
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `a value doesn't have the form "${name}"`, { cause: error });
  }
}

/** A method needs its object, even when the other side calls it. */
function methodOf<Name extends string>(owner: Record<Name, unknown>, name: Name): (...args: unknown[]) => unknown {
  const method = owner[name] as (...args: unknown[]) => unknown;
  return (...args) => method.apply(owner, args);
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === "function";
}
