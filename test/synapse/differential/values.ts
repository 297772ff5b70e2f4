import { isSlot } from "#src/catalogue/background-updates.js";
import { ParsedUserId, RoomAlias, type UserId } from "#src/matrix/identifiers.js";
import type { Requester } from "#src/matrix/records.js";
import { RoomEvent, type RoomEventDict } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { Denial, deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { tagOf, type Wire } from "./run.js";

type Members = { readonly [key: string]: Wire };

/** What a background update runs in. */
class Slot {
  constructor(readonly ms: number) {}
  async enter(): Promise<number> {
    return this.ms;
  }
  async exit(): Promise<void> {}
}

/** A file of which only the path is looked at. */
class NamedFile {
  constructor(readonly path: string) {}
  async writeChunksTo(): Promise<void> {}
}

const list = (wire: Wire | undefined) => (wire as readonly Wire[]).map(decode);
const record = ({ $: _, ...members }: Members) => decodeMembers(members);

const TAGS: Readonly<Record<string, (wire: Members) => unknown>> = {
  tuple: ({ items }) => list(items),
  set: ({ items }) => new Set(list(items)),
  map: ({ entries }) =>
    new Map((entries as readonly [Wire, Wire][]).map(([key, value]) => [decode(key), decode(value)])),
  code: ({ text }) => text,
  notSpam: () => NOT_SPAM,
  denial: ({ code, error, fields }) =>
    deny(code as Denial["code"], { ...decodeMembers(fields as Members), ...(error !== null && { error }) }),
  behaviour: ({ text }) => text,
  callback: () => () => undefined,
  slot: ({ ms }) => new Slot(ms as number),
  event: ({ dict }) => new RoomEvent(dict as unknown as RoomEventDict),
  state: ({ entries }) =>
    new StateMap(
      (entries as readonly [string, string, Wire][]).map(([type, key, event]) => [type, key, decode(event)] as const),
    ),
  user: ({ text }) => ParsedUserId.fromString(text as string),
  alias: ({ text }) => RoomAlias.fromString(text as string),
  requester: ({ userId, deviceId }): Requester => ({
    user: ParsedUserId.fromString(userId as string),
    userId: userId as UserId,
    accessTokenId: null,
    isGuest: false,
    scope: new Set(),
    shadowBanned: false,
    deviceId: deviceId as string | null,
    appServiceId: null,
    authenticatedEntity: userId as string,
  }),
  presence: record,
  profile: record,
  limit: record,
  override: record,
  delivery: record,
  fileInfo: record,
  file: ({ path }) => new NamedFile(path as string),
  request: ({ url }) => new Request(url as string),
};

/** The value as Ligand has it. */
export function decode(wire: Wire): unknown {
  if (typeof wire !== "object" || wire === null) return wire;
  if (Array.isArray(wire)) return list(wire);
  const tag = tagOf(wire);
  return tag === undefined ? decodeMembers(wire as Members) : TAGS[tag]!(wire as Members);
}

function decodeMembers(members: Members): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [key, decode(value)]));
}

/** A slot as it was made, from the one that Ligand gives the homeserver: that one logs what the module's functions throw. */
export async function madeSlot(result: unknown): Promise<unknown> {
  return isSlot(result) ? new Slot(await result.enter()) : result;
}

/** What is compared of a value of Ligand's. */
export function encode(value: unknown): Wire {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "function") return { $: "callback" };
  if (Array.isArray(value)) return value.map(encode);
  if (value instanceof RoomEvent) return { $: "event", id: value.eventId };
  if (value instanceof StateMap) {
    return { $: "state", entries: Array.from(value, ([type, key, event]) => [type, key, encode(event)]) };
  }
  if (value instanceof ParsedUserId) return { $: "user", text: value.toString() };
  if (value instanceof RoomAlias) return { $: "alias", text: value.toString() };
  if (value instanceof Denial) {
    return { $: "denial", code: value.code, error: value.error ?? null, fields: encode(value.fields) };
  }
  if (value instanceof Slot) return { $: "slot", ms: value.ms };
  if (value instanceof NamedFile) return { $: "file", path: value.path };
  if (value instanceof Request) return { $: "request", url: value.url };
  if (value instanceof Set) return { $: "set", items: Array.from(value, encode) };
  const members = value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value as object);
  if (Object.hasOwn(value, "accessTokenId")) {
    const { userId, deviceId } = value as Requester;
    return { $: "requester", userId, deviceId };
  }
  return Object.fromEntries(members.map(([key, member]) => [key, encode(member)]));
}

/** The same value with the members of objects and the items of sets and of room states in one order. */
export function sorted(wire: Wire): Wire {
  if (typeof wire !== "object" || wire === null) return wire;
  if (Array.isArray(wire)) return wire.map(sorted);
  const tag = tagOf(wire);
  return Object.fromEntries(
    Object.entries(wire as Members)
      .map(([key, value]) => [key, sortedMember(tag, key, sorted(value))] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function sortedMember(tag: string | undefined, key: string, value: Wire): Wire {
  const unordered = (tag === "set" && key === "items") || (tag === "state" && key === "entries");
  if (!unordered) return value;
  return (value as readonly Wire[]).toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
