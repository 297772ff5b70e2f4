import { requesterFor } from "../homeserver/caller.js";
import { eventIdOf } from "../homeserver/event-hash.js";
import { ParsedUserId, type RoomId, type UserId } from "../matrix/identifiers.js";
import type { PresenceState, Requester, UserPresenceState } from "../matrix/records.js";
import { RoomEvent, type RoomEventDict, type RoomEventOptions } from "../matrix/room-event.js";
import { roomVersionOf } from "../matrix/room-versions.js";
import { StateMap } from "../matrix/state-map.js";

/** The name of the test kit's homeserver, unless a test sets another one. @public */
export const TEST_SERVER = "example.org";
/** The time of built events: the start of 2025, where the test kit's clock starts, too. */
const TEST_TIME = Date.UTC(2025, 0, 1);

/** `@name:example.org`; a full id stays as it is. @public */
export function userId(name: string, server = TEST_SERVER): UserId {
  return ParsedUserId.isValid(name) ? name : `@${name}:${server}`;
}

/** `!name:example.org`. @public */
export function roomId(name = "room", server = TEST_SERVER): RoomId {
  return `!${name}:${server}`;
}

/** Builds an event: a message "hello" from alice, unless you say otherwise. @public */
export function roomEvent(members: Partial<RoomEventDict> = {}, options: RoomEventOptions = {}): RoomEvent {
  const dict: RoomEventDict = {
    room_id: roomId(),
    type: "m.room.message",
    sender: userId("alice"),
    content: { msgtype: "m.text", body: "hello" },
    origin_server_ts: TEST_TIME,
    depth: 1,
    ...members,
  };
  const version = roomVersionOf(options.roomVersion ?? "11");
  return new RoomEvent({ ...dict, event_id: dict.event_id ?? eventIdOf(dict, version) }, options);
}

/**
 * Builds a membership event: alice's own, unless you say otherwise. The target is the sender unless there's a `state_key`.
 *
 * @public
 */
export function membershipEvent(membership: string, members: Partial<RoomEventDict> = {}): RoomEvent {
  const sender = members.sender ?? userId("alice");
  const content = { membership, ...members.content };
  return roomEvent({ type: "m.room.member", sender, state_key: sender, ...members, content });
}

/** Builds the state that consists of these events. @public */
export function stateOf(...events: readonly RoomEvent[]): StateMap<RoomEvent> {
  return StateMap.ofEvents(events);
}

/** Builds a requester: an ordinary user, unless you say otherwise. @public */
export function requester(name: string, members: Partial<Requester> = {}): Requester {
  return requesterFor(userId(name), members);
}

/** Builds a presence: online and active, unless you say otherwise. @public */
export function presence(
  name: string,
  state: PresenceState = "online",
  members: Partial<UserPresenceState> = {},
): UserPresenceState {
  return Object.freeze({
    userId: userId(name),
    state,
    lastActiveTs: TEST_TIME,
    lastFederationUpdateTs: 0,
    lastUserSyncTs: 0,
    statusMsg: null,
    currentlyActive: state === "online",
    ...members,
  });
}
