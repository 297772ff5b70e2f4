import type { MatcherKey } from "./operate-settings.js";
import { argumentAt } from "../../hooks/argument-at.js";
import type { HookContext } from "../../hooks/context.js";
import type { AnyHook } from "../../hooks/hook.js";
import { facetsOf, type Facet, type Parameter } from "../../hooks/parameter.js";
import type { Requester } from "../../matrix/records.js";
import type { RoomEvent } from "../../matrix/room-event.js";

/** What a dispatch is about, as far as it says: null for what there is none of, undefined for what isn't known. */
export type FacetValue = string | null | undefined;

/** Reads what a dispatch is about from all that its callbacks are called with. */
export type FacetReader = (a0: unknown, a1: unknown, a2: unknown, a3: unknown, a4: unknown, a5: unknown) => FacetValue;

/** What a key of a matcher looks at; undefined where the hook isn't about it. */
export function facetReader(hook: AnyHook, key: MatcherKey): FacetReader | undefined {
  const position =
    key === "origin" ? (hook.parameters as readonly Parameter[]).length : facetsOf(hook.parameters)[FACETS[key]];
  if (position === undefined) return undefined;
  const argument = argumentAt(position);
  const read = READERS[key];
  return (a0, a1, a2, a3, a4, a5) => read(argument(a0, a1, a2, a3, a4, a5));
}

/** How many of the hook's arguments a key of a matcher needs, from the first. */
export function parametersOf(hook: AnyHook, key: MatcherKey): number {
  return key === "origin" ? 0 : (facetsOf(hook.parameters)[FACETS[key]] ?? -1) + 1;
}

const FACETS = { sender: "user", server: "user", type: "type", room: "room" } as const satisfies Partial<
  Record<MatcherKey, Facet>
>;

type Subject = FacetValue | Partial<Pick<RoomEvent, "roomId" | "type" | "sender">> | Requester | HookContext;

const READERS: Readonly<Record<MatcherKey, (argument: unknown) => FacetValue>> = {
  origin: (context) => member(context, "origin"),
  room: (argument) => member(argument, "roomId"),
  type: (argument) => member(argument, "type"),
  sender,
  server: (argument) => serverOf(sender(argument)),
};

function sender(argument: unknown): FacetValue {
  return member(argument, "sender") ?? member(argument, "userId");
}

/** A value that is what is looked for, or an event or a requester that has it. */
function member(argument: unknown, name: "roomId" | "type" | "sender" | "userId" | "origin"): FacetValue {
  const subject = argument as Subject;
  // A string is the value itself, and null says that there is none.
  if (typeof subject !== "object" || subject === null) return subject;
  return (subject as Readonly<Record<string, FacetValue>>)[name];
}

/** The server of a user, without its port and in lower case: ASCII alone, as in the Python package. */
function serverOf(user: FacetValue): FacetValue {
  if (typeof user !== "string") return user;
  const colon = user.indexOf(":");
  return colon < 0 ? null : lowerCase(user.slice(colon + 1).replace(/:\d+$/, ""));
}

/** The same string with the letters A to Z in lower case. */
export function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
