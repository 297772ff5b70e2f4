import type { Hooks } from "../../catalogue/index.js";
import { Codes } from "../../matrix/codes.js";
import type { EventId, RoomId, UserId } from "../../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import { DEFAULT_ROOM_VERSION, roomVersionOf } from "../../matrix/room-versions.js";
import type { StateMap } from "../../matrix/state-map.js";
import type { Caller } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import type { Directory } from "./directory.js";
import { powerOf, powerToSend } from "./event-rules.js";
import type { EventStore } from "./event-store.js";
import type { Events } from "./events.js";
import type { RoomCreation } from "./room-creation.js";
import { levelOr } from "./power-level-rules.js";
import { checkRoomVersion, type InitialState } from "./room-request.js";

const COPIED = [
  "m.room.power_levels",
  "m.room.join_rules",
  "m.room.name",
  "m.room.topic",
  "m.room.avatar",
  "m.room.encryption",
  "m.room.history_visibility",
  "m.room.guest_access",
  "m.room.server_acl",
];

/** Upgrades rooms: creates a room that replaces another. @public */
export class RoomUpgrade {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker">;
      readonly store: EventStore;
      readonly events: Events;
      readonly directory: Directory;
      readonly roomCreation: RoomCreation;
    },
  ) {}

  /**
   * `POST /rooms/{roomId}/upgrade`. The new room's id exists and its state is known before `userMayCreateRoom` is asked,
   * even for administrators. `onCreateRoom` isn't notified.
   */
  async upgrade(caller: Caller, roomId: RoomId, newVersion = DEFAULT_ROOM_VERSION): Promise<RoomId> {
    const { events, store, roomCreation, hooks, directory } = this.parts;
    const { userId } = caller.requester;
    await store.room(roomId);
    const state = await events.requireJoined(roomId, userId);
    if (powerOf(state, userId) < powerToSend(state, "m.room.tombstone", true)) {
      throw new MatrixError(403, "You may not upgrade this room", Codes.FORBIDDEN);
    }

    checkRoomVersion(newVersion);
    const { creatorsOutrank, roomIds } = roomVersionOf(newVersion);
    const copied = copiedState(state).map((each) => {
      if (each.type !== "m.room.power_levels") return each;
      const users = isPlainObject(each.content.users) ? (each.content.users as JsonObject) : {};
      const content = {
        ...each.content,
        users: creatorsOutrank ? without(users, userId) : raised(users, userId, each),
      };
      return { ...each, content };
    });
    // The two rooms name each other. Where the id of the new one is made of its create event, that event comes first.
    const isNamed = roomIds === "named";
    const tombstone = (replacement: RoomId) => {
      const content = { body: "This room has been replaced", replacement_room: replacement };
      return events.create(caller, { roomId, type: "m.room.tombstone", sender: userId, stateKey: "", content });
    };
    const reservedId = roomCreation.newRoomId();
    const named = isNamed ? await tombstone(reservedId) : null;
    const content = creationContent(state, roomId, named?.eventId);
    const room = await roomCreation.open(caller, newVersion, content, reservedId);
    const last = named ?? (await tombstone(room.roomId));
    const config: JsonObject = {
      creation_content: { ...room.create.content } as JsonObject,
      initial_state: copied.map(({ type, stateKey, content }) => ({ type, state_key: stateKey, content })),
    };
    const verdict = await hooks.spamChecker.userMayCreateRoom(userId, config, caller.context);
    throwIfDenied(verdict, "You may not create rooms");

    await roomCreation.sendFirstEvents(caller, room, copied);
    const newRoomId = room.roomId;
    await this.#copyBans(caller, newRoomId, state);
    await events.accept(caller, last);
    await directory.moveAliases(roomId, newRoomId);
    return newRoomId;
  }

  /** As a batch: spam checkers aren't asked about copied bans. */
  async #copyBans(caller: Caller, roomId: RoomId, state: StateMap<RoomEvent>): Promise<void> {
    for (const [stateKey, member] of state.ofType("m.room.member")) {
      if (member.membership !== "ban") continue;
      const draft = {
        roomId,
        type: "m.room.member",
        sender: caller.requester.userId,
        stateKey,
        content: structuredClone(member.content) as JsonObject,
      };
      await this.parts.events.accept(caller, await this.parts.events.create(caller, draft));
    }
  }
}

/** The new room is of the old one's kind, and names it; its last event, where that can be known before. */
function creationContent(state: StateMap<RoomEvent>, roomId: RoomId, lastEventId: EventId | undefined): JsonObject {
  const old = state.get("m.room.create")?.content ?? {};
  return {
    predecessor: { room_id: roomId, ...(lastEventId !== undefined && { event_id: lastEventId }) },
    ...(old["m.federate"] === false && { "m.federate": false }),
    ...(typeof old.type === "string" && { type: old.type }),
  };
}

/** Power levels may not name who stands above them. */
function without(users: JsonObject, userId: UserId): JsonObject {
  const { [userId]: _, ...others } = users;
  return others;
}

/** Who upgrades a room must be able to copy all of its state. */
function raised(users: JsonObject, userId: UserId, { content }: InitialState): JsonObject {
  const events = isPlainObject(content.events) ? Object.values(content.events) : [];
  const needed = Math.max(
    levelOr(content.state_default, 50),
    levelOr(content.ban, 50),
    ...events.map((level) => levelOr(level, 0)),
  );
  const current = levelOr(users[userId], levelOr(content.users_default, 0));
  return current < needed ? { ...users, [userId]: needed } : users;
}

function copiedState(state: StateMap<RoomEvent>): InitialState[] {
  return COPIED.flatMap((type) => {
    const event = state.get(type);
    return event ? [{ type, stateKey: "", content: structuredClone(event.content) as JsonObject }] : [];
  });
}
