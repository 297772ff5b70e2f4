import { Codes } from "../../matrix/codes.js";
import { ParsedUserId, type EventId, type UserId } from "../../matrix/identifiers.js";
import { isPlainObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import { roomVersionOf, type RoomVersion } from "../../matrix/room-versions.js";
import type { StateMap } from "../../matrix/state-map.js";
import { canonicalJson } from "../canonical-json.js";
import { domainOf } from "../domain-of.js";
import { levelOr, malformedLevels, mayChangeLevels } from "./power-level-rules.js";

// The authorisation rules of all room versions, except signatures: memberships, power levels, and state that belongs to a
// user.

const MEMBERSHIPS: readonly unknown[] = ["invite", "join", "knock", "leave", "ban"];
const MAX_EVENT_BYTES = 65_536;
const MAX_FIELD_BYTES = 255;

/** A user's membership of a room; `leave` if the user has never been in it. */
export function membershipIn(state: StateMap<RoomEvent>, userId: string): string {
  return state.get("m.room.member", userId)?.membership ?? "leave";
}

/** The power level of a user; without limit for creators, where the version of the room sets them above all levels. */
export function powerOf(state: StateMap<RoomEvent>, userId: UserId): number {
  const create = state.get("m.room.create");
  if (create && creatorsAbove(create).includes(userId)) return Infinity;
  const levels = state.get("m.room.power_levels")?.content;
  if (!levels) return create?.sender === userId ? 100 : 0;
  const users = isPlainObject(levels.users) ? levels.users : {};
  return levelOr(users[userId], levelOr(levels.users_default, 0));
}

/** The power level that an action requires: `invite`, `kick`, `ban`, `redact`. */
export function powerToDo(state: StateMap<RoomEvent>, action: "invite" | "kick" | "ban" | "redact"): number {
  return levelOr(state.get("m.room.power_levels")?.content[action], action === "invite" ? 0 : 50);
}

/** The power level that sending an event requires. */
export function powerToSend(state: StateMap<RoomEvent>, type: string, isState: boolean): number {
  const levels = state.get("m.room.power_levels")?.content;
  if (!levels) return 0;
  const events = isPlainObject(levels.events) ? levels.events : {};
  return levelOr(events[type], isState ? levelOr(levels.state_default, 50) : levelOr(levels.events_default, 0));
}

/**
 * Whether a new event is well-formed.
 *
 * @throws {MatrixError} 400 `M_BAD_JSON`, or 413 `M_TOO_LARGE`.
 */
export function validateEvent(event: RoomEvent): void {
  const refuse = (message: string): never => {
    throw new MatrixError(400, message, Codes.BAD_JSON);
  };
  if (typeof event.type !== "string" || event.type === "") refuse("The event has no type");
  if (!isPlainObject(event.content)) refuse("The content of the event is not an object");
  if (event.type === "m.room.member" && !MEMBERSHIPS.includes(event.content.membership)) {
    refuse("The event names no known membership");
  }
  if (event.type === "m.room.member" && event.isState() && !ParsedUserId.isValid(event.stateKey!)) {
    throw new MatrixError(400, "The state key of a membership is not a user id", Codes.INVALID_PARAM);
  }
  if (event.type === "m.room.power_levels" && event.isState()) {
    const malformed = malformedLevels(event.content);
    if (malformed !== undefined) refuse(`The power levels are malformed: ${malformed}`);
  }
  const { strictJson } = roomVersionOf(event.roomVersion);
  if (strictJson && !isCanonical(event.content))
    refuse("The content has a number that isn't an integer, or is too large");
  // The id isn't part of an event, except in rooms of versions 1 and 2; it's computed from it.
  const { event_id: _, ...pdu } = event.getDict();
  if (Buffer.byteLength(canonicalJson(pdu)) > MAX_EVENT_BYTES) {
    throw new MatrixError(413, "The event is too large", Codes.TOO_LARGE);
  }
  const fields = { type: event.type, state_key: event.stateKey, sender: event.sender, room_id: event.get("room_id") };
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string" && Buffer.byteLength(value) > MAX_FIELD_BYTES) {
      throw new MatrixError(413, `The ${name} has more than ${MAX_FIELD_BYTES} bytes`, Codes.TOO_LARGE);
    }
  }
}

/**
 * Whether the state of the room allows an event.
 *
 * @throws {MatrixError} 403 `M_FORBIDDEN`.
 */
export function authoriseEvent(event: RoomEvent, state: StateMap<RoomEvent>): void {
  if (event.type === "m.room.create") return authoriseCreation(event, state);
  const version = roomVersionOf(event.roomVersion);
  if (event.type === "m.room.aliases" && version.aliasesOfServers) {
    return allow(event.stateKey === domainOf(event.sender), "Aliases belong to the server that the state key names");
  }
  if (event.type === "m.room.member") return authoriseMembership(event, state, version);
  allow(membershipIn(state, event.sender) === "join", `User ${event.sender} isn't in room ${event.roomId}`);
  const isInvite = event.type === "m.room.third_party_invite";
  const needed = isInvite ? powerToDo(state, "invite") : powerToSend(state, event.type, event.isState());
  const rank = powerOf(state, event.sender);
  allow(rank >= needed, `Sending ${event.type} needs power level ${needed}`);
  const isOthers = event.stateKey?.startsWith("@") === true && event.stateKey !== event.sender;
  allow(!isOthers, "State whose key is a user belongs to that user");
  if (event.type === "m.room.redaction" && version.authorisesRedactions) {
    const isOfSameServer = serverOf(event.redacts) === serverOf(event.eventId);
    allow(isOfSameServer || rank >= powerToDo(state, "redact"), "You may not redact this event");
  }
  if (event.type !== "m.room.power_levels" || event.stateKey !== "") return;
  refuseLevelsOfCreators(event, state);
  const levels = state.get("m.room.power_levels");
  if (!levels) return;
  allow(
    mayChangeLevels(event.sender, rank, levels.content, event.content, version),
    "You may not give or take power above your own",
  );
}

function authoriseCreation(event: RoomEvent, state: StateMap<RoomEvent>): void {
  const { namesCreator, creatorsOutrank } = roomVersionOf(event.roomVersion);
  const { creator, additional_creators: others } = event.content;
  allow(state.size === 0, "The room has already been created");
  allow(!namesCreator || creator !== undefined, "The create event has no creator");
  const areUsers =
    Array.isArray(others) && others.every((user) => typeof user === "string" && ParsedUserId.isValid(user));
  if (creatorsOutrank && others !== undefined && !areUsers) {
    throw new MatrixError(400, "additional_creators is not a list of user ids", Codes.INVALID_PARAM);
  }
}

/** Those whom no power level holds. */
function creatorsAbove(create: RoomEvent): readonly string[] {
  if (!roomVersionOf(create.roomVersion).creatorsOutrank) return [];
  const { additional_creators: others } = create.content;
  return [create.sender, ...(Array.isArray(others) ? (others as string[]) : [])];
}

/** @throws {MatrixError} 400 `M_UNKNOWN`, as Synapse has it. */
function refuseLevelsOfCreators(event: RoomEvent, state: StateMap<RoomEvent>): void {
  const create = state.get("m.room.create");
  const users = isPlainObject(event.content.users) ? Object.keys(event.content.users) : [];
  const creator = create && creatorsAbove(create).find((userId) => users.includes(userId));
  if (creator !== undefined) throw new MatrixError(400, `Creator ${creator} may not have a power level`);
}

function authoriseMembership(event: RoomEvent, state: StateMap<RoomEvent>, version: RoomVersion): void {
  const { sender, stateKey: target = "" } = event;
  const before = membershipIn(state, target);
  const rank = powerOf(state, sender);
  const outranks = sender === target || rank > powerOf(state, target as UserId);
  const mayDo = (action: "invite" | "kick" | "ban") => rank >= powerToDo(state, action);
  const inRoom = membershipIn(state, sender) === "join";
  const rule = state.get("m.room.join_rules")?.content.join_rule;
  const isKnown = rule === "public" || rule === "invite" || version.joinRules.includes(rule as string);

  switch (event.membership) {
    case "join": {
      allow(sender === target, "You can't join a room for another user");
      allow(before !== "ban", `User ${target} is banned from the room`);
      const isCreator = state.size === 1 && state.get("m.room.create")?.sender === sender;
      if (isCreator || rule === "public") return;
      allow(isKnown || rule === undefined, "The room's join rule lets no user in");
      const isRestricted = rule === "restricted" || rule === "knock_restricted";
      const isVouchedFor = isRestricted && mayVouch(event.content.join_authorised_via_users_server, state);
      return allow(isVouchedFor || before === "invite" || before === "join", "You're not invited to this room");
    }
    case "knock": {
      const takesKnocks = isKnown && (rule === "knock" || rule === "knock_restricted");
      const isOutside = before === "leave" || before === "knock";
      return allow(sender === target && takesKnocks && isOutside, "You can't knock on this room");
    }
    case "invite":
      allow(inRoom, `User ${sender} isn't in the room`);
      allow(before !== "ban" && before !== "join", `User ${target} is ${before === "ban" ? "banned" : "in the room"}`);
      return allow(mayDo("invite"), "You may not invite to this room");
    case "ban":
      return allow(inRoom && mayDo("ban") && outranks, `You may not ban user ${target}`);
    default:
      if (sender === target) return allow(before !== "ban" && before !== "leave", `User ${target} isn't in the room`);
      allow(inRoom && mayDo("kick") && outranks, `You may not remove user ${target}`);
      return allow(before !== "ban" || mayDo("ban"), `You may not lift the ban on user ${target}`);
  }
}

/** Whether a member lets others into a room whose members of other rooms may join. */
function mayVouch(member: unknown, state: StateMap<RoomEvent>): boolean {
  if (typeof member !== "string" || membershipIn(state, member) !== "join") return false;
  return powerOf(state, member as UserId) >= powerToDo(state, "invite");
}

/** The name of the server that made up an event's id. */
function serverOf(eventId: EventId | undefined): string | undefined {
  return eventId?.slice(eventId.indexOf(":") + 1);
}

function allow(condition: boolean, message: string): void {
  if (!condition) throw new MatrixError(403, message, Codes.FORBIDDEN);
}

/** Whether JSON can be hashed unambiguously. (Matrix specification, "Canonical JSON".) */
function isCanonical(value: unknown): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value);
  return typeof value !== "object" || value === null || Object.values(value).every(isCanonical);
}
