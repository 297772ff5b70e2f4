import { Codes } from "../../matrix/codes.js";
import type { UserId } from "../../matrix/identifiers.js";
import { isPlainObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { StateMap } from "../../matrix/state-map.js";
import { canonicalJson } from "../canonical-json.js";
import { malformedLevels, mayChangeLevels } from "./power-level-rules.js";

// A subset of the authorisation rules of room version 11: memberships, power levels, and state that belongs to a user.

const MEMBERSHIPS: readonly unknown[] = ["invite", "join", "knock", "leave", "ban"];
const MAX_EVENT_BYTES = 65_536;

/** A user's membership of a room; `leave` if the user has never been in it. */
export function membershipIn(state: StateMap<RoomEvent>, userId: string): string {
  return state.get("m.room.member", userId)?.membership ?? "leave";
}

/** The power level of a user. */
export function powerOf(state: StateMap<RoomEvent>, userId: UserId): number {
  const levels = state.get("m.room.power_levels")?.content;
  if (!levels) return state.get("m.room.create")?.sender === userId ? 100 : 0;
  const users = isPlainObject(levels.users) ? levels.users : {};
  return numberOr(users[userId], numberOr(levels.users_default, 0));
}

/** The power level that an action requires: `invite`, `kick`, `ban`, `redact`. */
export function powerToDo(state: StateMap<RoomEvent>, action: "invite" | "kick" | "ban" | "redact"): number {
  return numberOr(state.get("m.room.power_levels")?.content[action], action === "invite" ? 0 : 50);
}

/** The power level that sending an event requires. */
export function powerToSend(state: StateMap<RoomEvent>, type: string, isState: boolean): number {
  const levels = state.get("m.room.power_levels")?.content;
  if (!levels) return 0;
  const events = isPlainObject(levels.events) ? levels.events : {};
  return numberOr(events[type], isState ? numberOr(levels.state_default, 50) : numberOr(levels.events_default, 0));
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
  if (event.type === "m.room.power_levels" && event.isState()) {
    const malformed = malformedLevels(event.content);
    if (malformed !== undefined) refuse(`The power levels are malformed: ${malformed}`);
  }
  if (!isCanonical(event.content)) refuse("The content has a number that isn't an integer, or is too large");
  // The id isn't part of an event; it's computed from it.
  const { event_id: _, ...pdu } = event.getDict();
  if (Buffer.byteLength(canonicalJson(pdu)) > MAX_EVENT_BYTES) {
    throw new MatrixError(413, "The event is too large", Codes.TOO_LARGE);
  }
}

/**
 * Whether the state of the room allows an event.
 *
 * @throws {MatrixError} 403 `M_FORBIDDEN`.
 */
export function authoriseEvent(event: RoomEvent, state: StateMap<RoomEvent>): void {
  if (event.type === "m.room.create") return allow(state.size === 0, "The room has already been created");
  if (event.type === "m.room.member") return authoriseMembership(event, state);
  allow(membershipIn(state, event.sender) === "join", `User ${event.sender} isn't in room ${event.roomId}`);
  const isInvite = event.type === "m.room.third_party_invite";
  const needed = isInvite ? powerToDo(state, "invite") : powerToSend(state, event.type, event.isState());
  const rank = powerOf(state, event.sender);
  allow(rank >= needed, `Sending ${event.type} needs power level ${needed}`);
  const isOthers = event.stateKey?.startsWith("@") === true && event.stateKey !== event.sender;
  allow(!isOthers, "State whose key is a user belongs to that user");
  const levels = event.type === "m.room.power_levels" && state.get("m.room.power_levels");
  if (!levels) return;
  allow(
    mayChangeLevels(event.sender, rank, levels.content, event.content),
    "You may not give or take power above your own",
  );
}

function authoriseMembership(event: RoomEvent, state: StateMap<RoomEvent>): void {
  const { sender, stateKey: target = "" } = event;
  const before = membershipIn(state, target);
  const rank = powerOf(state, sender);
  const outranks = sender === target || rank > powerOf(state, target as UserId);
  const mayDo = (action: "invite" | "kick" | "ban") => rank >= powerToDo(state, action);
  const inRoom = membershipIn(state, sender) === "join";

  switch (event.membership) {
    case "join": {
      allow(sender === target, "You can't join a room for another user");
      allow(before !== "ban", `User ${target} is banned from the room`);
      const isCreator = state.size === 1 && state.get("m.room.create")?.sender === sender;
      const isPublic = state.get("m.room.join_rules")?.content.join_rule === "public";
      return allow(
        isCreator || isPublic || before === "invite" || before === "join",
        "You're not invited to this room",
      );
    }
    case "knock":
      return allow(
        sender === target && before === "leave" && state.get("m.room.join_rules")?.content.join_rule === "knock",
        "You can't knock on this room",
      );
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

function allow(condition: boolean, message: string): void {
  if (!condition) throw new MatrixError(403, message, Codes.FORBIDDEN);
}

/** Whether JSON can be hashed unambiguously. (Matrix specification, "Canonical JSON".) */
function isCanonical(value: unknown): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value);
  return typeof value !== "object" || value === null || Object.values(value).every(isCanonical);
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}
