import type { RoomVisibility } from "../catalogue/third-party-rules.js";
import type { Caller } from "../homeserver/caller.js";
import type { MembershipRequest } from "../homeserver/pipelines/memberships.js";
import { eventIdOrPretence } from "../homeserver/shadow-ban-error.js";
import { RoomAlias, type EventId, type Medium, type RoomId, type UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import { NotFoundError } from "../matrix/matrix-error.js";
import type { RoomEvent, RoomEventDict } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";
import { TestAccount } from "./test-account.js";
import { TestAdmin } from "./test-admin.js";

/**
 * A user's client: each method is a request of the Matrix client-server API, authenticated by the user's token. It
 * throws the `MatrixError` that the client would receive.
 *
 * @public
 */
export class TestUser extends TestAccount {
  /** Requests that only administrators may make. */
  readonly admin = new TestAdmin(this.homeserver, this);

  createRoom(body: JsonObject = {}): Promise<RoomId> {
    return this.request(async (caller) => (await this.homeserver.roomCreation.create(caller, body)).roomId);
  }

  upgradeRoom(roomId: RoomId, newVersion?: string): Promise<RoomId> {
    return this.request((caller) => this.homeserver.roomUpgrade.upgrade(caller, roomId, newVersion));
  }

  sendText(roomId: RoomId, body: string): Promise<EventId> {
    return this.send(roomId, "m.room.message", { msgtype: "m.text", body });
  }

  send(roomId: RoomId, type: string, content: JsonObject): Promise<EventId> {
    return this.#event((caller) => this.homeserver.events.send(caller, roomId, type, content));
  }

  sendState(roomId: RoomId, type: string, content: JsonObject, stateKey = ""): Promise<EventId> {
    return this.#event((caller) => this.homeserver.stateChanges.send(caller, roomId, type, stateKey, content));
  }

  redact(roomId: RoomId, eventId: EventId, reason?: string): Promise<EventId> {
    return this.#event((caller) => this.homeserver.events.redact(caller, roomId, eventId, reason));
  }

  join(roomIdOrAlias: string): Promise<EventId> {
    return this.#event((caller) => this.homeserver.memberships.join(caller, roomIdOrAlias));
  }

  invite(roomId: RoomId, target: UserId, content: JsonObject = {}): Promise<EventId> {
    return this.#change({ roomId, target, membership: "invite", content });
  }

  invite3pid(roomId: RoomId, medium: Medium, address: string): Promise<EventId> {
    return this.#event((caller) => this.homeserver.threepidInvites.invite(caller, roomId, { medium, address }));
  }

  leave(roomId: RoomId): Promise<EventId> {
    return this.#change({ roomId, target: this.userId, membership: "leave" });
  }

  knock(roomId: RoomId): Promise<EventId> {
    return this.#change({ roomId, target: this.userId, membership: "knock" });
  }

  kick(roomId: RoomId, target: UserId, reason?: string): Promise<EventId> {
    return this.#change({ roomId, target, membership: "leave", content: reason === undefined ? {} : { reason } });
  }

  ban(roomId: RoomId, target: UserId, reason?: string): Promise<EventId> {
    return this.#change({ roomId, target, membership: "ban", content: reason === undefined ? {} : { reason } });
  }

  /** The events of a room as clients receive them, oldest first. */
  messages(roomId: RoomId): Promise<RoomEventDict[]> {
    return this.request(async ({ requester, context }) => {
      await this.homeserver.events.requireJoined(roomId, requester.userId);
      const events = await this.homeserver.store.timeline(roomId);
      return this.homeserver.clientEvents.serialise(events, requester, context);
    });
  }

  /** One event as clients receive it. */
  event(roomId: RoomId, eventId: EventId): Promise<RoomEventDict> {
    return this.request(async ({ requester, context }) => {
      await this.homeserver.events.requireJoined(roomId, requester.userId);
      const event = await this.homeserver.store.find(eventId);
      if (event?.roomId !== roomId) throw new NotFoundError(`Event ${eventId} doesn't exist`);
      const [dict] = await this.homeserver.clientEvents.serialise([event], requester, context);
      return dict!;
    });
  }

  state(roomId: RoomId): Promise<StateMap<RoomEvent>> {
    return this.request(({ requester }) => this.homeserver.events.requireJoined(roomId, requester.userId));
  }

  createAlias(roomId: RoomId, alias: string): Promise<void> {
    const { directory } = this.homeserver;
    return this.request((caller) => directory.createAlias(caller, RoomAlias.fromString(alias), roomId));
  }

  deleteAlias(alias: string): Promise<void> {
    return this.request((caller) => this.homeserver.directory.deleteAlias(caller, RoomAlias.fromString(alias)));
  }

  /** Adds a room to the public room list, or removes it. */
  setVisibility(roomId: RoomId, visibility: RoomVisibility): Promise<void> {
    return this.request((caller) => this.homeserver.directory.setVisibility(caller, roomId, visibility));
  }

  #change(change: MembershipRequest): Promise<EventId> {
    return this.#event((caller) => this.homeserver.memberships.change(caller, change));
  }

  #event(send: (caller: Caller) => Promise<RoomEvent>): Promise<EventId> {
    return this.request((caller) => eventIdOrPretence(() => send(caller)));
  }
}
