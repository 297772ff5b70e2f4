import { caught, shownStack, ThrownValue } from "../../errors/caught.js";
import { describe, UncarriedValue } from "../../errors/describe.js";
import { isSlot } from "../../catalogue/background-updates.js";
import { isTruthy } from "../../hooks/answer-predicates.js";
import { NOT_ASKED } from "../../hooks/narrowing.js";
import { isPlainObject, MOST_VALUES } from "../../matrix/json.js";
import type { Wire, WireError } from "./protocol.js";
import { decodeError, encodeError } from "./wire-errors.js";
import { cannotLeave, FORMS, type Handles } from "./wire-forms.js";
import { decode, encode, MAX_DEPTH } from "./wire.js";

// What callbacks return and throw, as it crosses between processes of one version of Ligand: the chain judges it on the
// other side, so a wrong answer arrives as what it was.

/** Forms that an answer may have; the others stand for arguments. */
const OF_ANSWERS = ["event", "state", "user", "alias", "denial", "set", "map", "bytes", "callback", "object"] as const;

/** What a callback returned. Never throws for a wrong answer, and reads no iterator. */
export function encodeAnswer(answer: unknown, handles: Handles): Wire {
  if (isJson(answer)) return answer;
  if (answer === NOT_ASKED) return { $: "notAsked" };
  try {
    return encodeHeld(answer, handles, [], { left: MOST_VALUES });
  } catch {
    return uncarried(answer);
  }
}

/**
 * @param parents what holds the value, from the outermost
 * @param budget how many more values may be written: little in memory may be without end when it's written out
 */
function encodeHeld(value: unknown, handles: Handles, parents: object[], budget: { left: number }): Wire {
  const depth = parents.length;
  if (--budget.left < 0) throw cannotLeave(`more than ${MOST_VALUES} values`);
  if (value === undefined) return { $: "undefined" };
  if (typeof value !== "object" || value === null)
    return typeof value === "function" || isJson(value) ? encode(value, handles, depth) : uncarried(value);
  // As it's named where it's found in the homeserver's process.
  if (parents.includes(value)) return { $: "uncarried", what: "a cycle", isTruthy: true };
  if (depth >= MAX_DEPTH) throw cannotLeave(`a value that is nested more deeply than ${MAX_DEPTH} levels`);
  const held = (inner: unknown) => {
    parents.push(value);
    const wire = encodeHeld(inner, handles, parents, budget);
    parents.pop();
    return wire;
  };
  if (Array.isArray(value)) return value.map(held);
  for (const name of OF_ANSWERS) {
    const form = FORMS[name]!;
    if (form.is(value)) return { $: name, ...form.encode(value, held, handles) };
  }
  if (isSlot(value)) return encode(value, handles, depth);
  if (!isPlainObject(value)) return uncarried(value);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, held(member)]));
}

function isJson(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function uncarried(value: unknown): Wire {
  return { $: "uncarried", what: describe(value), isTruthy: isTruthy(value) };
}

/** @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` for what isn't an answer. */
export function decodeAnswer(wire: Wire, handles: Handles): unknown {
  if (typeof wire !== "object") return wire;
  return decodeHeld(wire, handles, 0);
}

function decodeHeld(wire: Wire, handles: Handles, depth: number): unknown {
  const held = (inner: Wire) => decodeHeld(inner, handles, depth + 1);
  if (!isPlainObject(wire)) return decode(wire, handles, depth, held);
  switch (wire["$"]) {
    case "notAsked":
      return NOT_ASKED;
    case "undefined":
      return undefined;
    case "uncarried":
      return new UncarriedValue(String(wire["what"]), wire["isTruthy"] === true);
    default:
      return decode(wire, handles, depth, held);
  }
}

/** What a callback threw. */
export interface WireThrown {
  readonly message: string;
  readonly data: WireError;
  readonly stack: string | null;
}

/** What a callback threw, without secrets of its config. */
export function encodeThrown(thrown: unknown): WireThrown {
  const error = caught(thrown);
  const { message, data } = encodeError(error);
  return { message, data: data!, stack: shownStack(error) ?? null };
}

/** An error like the one that was thrown: with its class where that says something, its name, its message and its stack. */
export function decodeThrown({ message, data, stack }: WireThrown): Error {
  const error =
    data.kind === "other" ? namedError(data.name, message) : decodeError({ code: 0, message, data }, "a callback");
  return Object.defineProperty(error, "stack", { value: stack ?? undefined, configurable: true, writable: true });
}

function namedError(name: string, message: string): Error {
  if (name === "ThrownValue") return new ThrownValue(message);
  const error = new Error(message);
  return Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
}
