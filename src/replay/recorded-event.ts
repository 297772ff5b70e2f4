import type { Recorded } from "../decisions/decision-record.js";
import { deepFreeze, isPlainObject, type JsonObject } from "../matrix/json.js";
import { authEventIdsOf, idsOf, RoomEvent, type EventReference, type RoomEventDict } from "../matrix/room-event.js";
import { revive, type Trip } from "./revive.js";
import { isWhole, withheldBy } from "./withheld.js";

/** The property of an event that shows a member of its wire form, and what it shows where there is none. */
const PROPERTIES: readonly (readonly [property: keyof RoomEvent, member: keyof RoomEventDict, absent?: unknown])[] = [
  ["eventId", "event_id", "$"],
  ["roomId", "room_id"],
  ["type", "type"],
  ["sender", "sender"],
  ["stateKey", "state_key"],
  ["content", "content"],
  ["originServerTs", "origin_server_ts", 0],
  ["depth", "depth", 0],
  ["unsigned", "unsigned", Object.freeze({})],
  ["hashes", "hashes", Object.freeze({})],
  ["signatures", "signatures", Object.freeze({})],
];

/** What an event is made of, and the version of its room, where that's known. */
interface Source {
  readonly wire: JsonObject;
  readonly path: string;
  readonly trip: Trip;
  readonly roomVersion: string | undefined;
}

const SOURCES = new WeakMap<object, Source>();

/**
 * The event that was recorded in its wire form. What is withheld of it, or never recorded, is a tripwire.
 *
 * @param roomVersion of its room, where that's recorded
 */
export function recordedEvent(recorded: Recorded, path: string, trip: Trip, roomVersion?: string): RoomEvent {
  if (!isPlainObject(recorded)) return revive(recorded, path, trip) as RoomEvent;
  const wire = recorded as JsonObject;
  const event = Object.create(RECORDED_EVENT) as Record<string, unknown>;
  SOURCES.set(event, { wire, path, trip, roomVersion });
  for (const [property, member, absent] of PROPERTIES) {
    const value = wire[member];
    if (value === undefined) {
      if (absent !== undefined) event[property] = absent;
    } else if (isWhole(value)) event[property] = deepFreeze(value);
    else show(event, property, member);
  }
  if (wire["redacts"] !== undefined || wire["type"] === "m.room.redaction") show(event, "redacts", "redacts");
  Object.defineProperties(event, NEVER_RECORDED);
  if (roomVersion !== undefined) Object.defineProperty(event, "roomVersion", { value: roomVersion, enumerable: true });
  return Object.freeze(event) as unknown as RoomEvent;
}

function show(event: object, property: string, member: string): void {
  Object.defineProperty(event, property, { enumerable: true, get: () => memberOf(event, member) });
}

function memberOf(event: object, member: string): unknown {
  const { wire, path, trip } = SOURCES.get(event)!;
  // In rooms of version 11 and later it's in the content.
  const holder = member === "redacts" && wire[member] === undefined ? wire["content"] : wire;
  const reason = withheldBy(holder) ?? withheldBy((holder as JsonObject)[member]);
  if (reason) return trip(reason, `${path}.${member}`);
  return deepFreezeKnown(revive((holder as JsonObject)[member]!, `${path}.${member}`, trip));
}

/** Freezes what can be read without tripping. */
function deepFreezeKnown(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const { value: member } of Object.values(Object.getOwnPropertyDescriptors(value))) deepFreezeKnown(member);
  return Object.freeze(value);
}

const NEVER_RECORDED: PropertyDescriptorMap = Object.fromEntries(
  (["roomVersion", "internalMetadata", "rejectedReason"] satisfies (keyof RoomEvent)[]).map((property) => [
    property,
    {
      enumerable: true,
      configurable: true,
      get(this: object) {
        const { path, trip } = SOURCES.get(this)!;
        return trip("left out", `${path}.${property}`);
      },
    },
  ]),
);

/** The methods of events, for events that have no wire form of their own. */
const METHODS: { readonly [Name in keyof RoomEvent]?: (this: RoomEvent, ...args: never[]) => unknown } = {
  getDict() {
    const { wire, path, trip } = SOURCES.get(this)!;
    return revive(structuredClone(wire), path, trip) as RoomEventDict;
  },
  get(key: string, fallback?: unknown) {
    return Object.hasOwn(SOURCES.get(this)!.wire, key) ? memberOf(this, key) : fallback;
  },
  keys() {
    return Object.keys(SOURCES.get(this)!.wire);
  },
  items() {
    return this.keys().map((key) => [key, memberOf(this, key)]);
  },
  // Whether there is a state key is known, whatever it is.
  isState() {
    return Object.hasOwn(SOURCES.get(this)!.wire, "state_key");
  },
  prevEventIds() {
    return idsOf(memberOf(this, "prev_events") as EventReference[] | undefined);
  },
  authEventIds() {
    return authEventIdsOf(this, memberOf(this, "auth_events") as EventReference[] | undefined);
  },
  deepCopy() {
    const { wire, path, trip, roomVersion } = SOURCES.get(this)!;
    return recordedEvent(wire, path, trip, roomVersion);
  },
};

const RECORDED_EVENT: object = Object.create(
  RoomEvent.prototype,
  Object.fromEntries(Object.entries(METHODS).map(([name, value]) => [name, { value }])),
);
