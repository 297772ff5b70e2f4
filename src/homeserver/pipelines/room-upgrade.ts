import type { Hooks } from "../../catalogue/index.js";
import { Codes } from "../../matrix/codes.js";
import type { RoomId } from "../../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { StateMap } from "../../matrix/state-map.js";
import type { Caller } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import type { Directory } from "./directory.js";
import { powerOf, powerToSend } from "./event-rules.js";
import type { EventStore } from "./event-store.js";
import type { Events } from "./events.js";
import type { RoomCreation } from "./room-creation.js";
import { DEFAULT_ROOM_VERSION, type InitialState } from "./room-request.js";

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
  "m.room.related_groups",
];

/** Upgrades rooms: creates a room that replaces another. */
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
    const old = await store.room(roomId);
    const state = await events.requireJoined(roomId, userId);
    if (powerOf(state, userId) < powerToSend(state, "m.room.tombstone", true)) {
      throw new MatrixError(403, "You may not upgrade this room", Codes.FORBIDDEN);
    }

    const newRoomId = await roomCreation.reserve(caller, newVersion);
    const create = creationContent(state, old.lastEventId, roomId, newVersion);
    const copied = copiedState(state);
    const config: JsonObject = {
      creation_content: create,
      initial_state: copied.map(({ type, stateKey, content }) => ({ type, state_key: stateKey, content })),
    };
    const verdict = await hooks.spamChecker.userMayCreateRoom(userId, config, caller.context);
    throwIfDenied(verdict, "You may not create rooms");

    await roomCreation.sendFirstEvents(caller, newRoomId, [
      { type: "m.room.create", stateKey: "", content: create },
      ...copied,
    ]);
    await this.#copyBans(caller, newRoomId, state);
    const tombstone = await events.create(caller, {
      roomId,
      type: "m.room.tombstone",
      sender: userId,
      stateKey: "",
      content: { body: "This room has been replaced", replacement_room: newRoomId },
    });
    await events.accept(caller, tombstone);
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

function creationContent(
  state: StateMap<RoomEvent>,
  lastEventId: string | null,
  roomId: RoomId,
  version: string,
): JsonObject {
  const old = state.get("m.room.create")?.content ?? {};
  return {
    ...(isPlainObject(old) ? (structuredClone(old) as JsonObject) : {}),
    room_version: version,
    predecessor: { room_id: roomId, event_id: lastEventId },
  };
}

function copiedState(state: StateMap<RoomEvent>): InitialState[] {
  return COPIED.flatMap((type) => {
    const event = state.get(type);
    return event ? [{ type, stateKey: "", content: structuredClone(event.content) as JsonObject }] : [];
  });
}
