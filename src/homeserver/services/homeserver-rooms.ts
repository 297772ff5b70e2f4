import type { Logger } from "winston";
import type { EventId, ParsedUserId, RoomAlias, RoomId, UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { NotFoundError } from "../../matrix/matrix-error.js";
import type { ProfileInfo } from "../../matrix/records.js";
import type { RoomEvent, RoomEventDict } from "../../matrix/room-event.js";
import { StateMap } from "../../matrix/state-map.js";
import {
  Rooms,
  type CreatedRoom,
  type CreateRoomOptions,
  type MembershipChange,
  type ResolvedAlias,
} from "../../services/rooms.js";
import type { Server } from "../../services/server.js";
import { asServer, type Caller } from "../caller.js";
import type { Homeserver } from "../homeserver.js";

/** {@link Rooms} of a {@link Homeserver}. */
export class HomeserverRooms extends Rooms {
  constructor(private readonly homeserver: Homeserver) {
    super();
  }

  protected get server(): Server {
    return this.homeserver.server;
  }

  protected get logger(): Logger {
    return this.homeserver.logger;
  }

  deleteRoom(roomId: RoomId): Promise<void> {
    return this.homeserver.roomShutdown.schedule(null, roomId);
  }

  protected async readState(
    roomId: RoomId,
    filter: readonly (readonly [type: string, stateKey: string | null])[] | null,
  ): Promise<StateMap<RoomEvent>> {
    const state = await this.homeserver.store.state(roomId);
    if (filter === null) return state;
    const isWanted = ({ type, stateKey }: RoomEvent) =>
      filter.some(([wanted, key]) => wanted === type && (key === null || key === stateKey));
    return StateMap.ofEvents(Array.from(state.values()).filter(isWanted));
  }

  protected async changeMembership({ sender, content, ...change }: MembershipChange): Promise<EventId> {
    const { eventId } = await this.homeserver.memberships.change(this.#as(sender), { ...change, content });
    return eventId;
  }

  protected findEvent(eventId: EventId): Promise<RoomEvent | null> {
    return this.homeserver.store.find(eventId);
  }

  protected async fetchProfile(user: ParsedUserId): Promise<ProfileInfo> {
    const userId = user.toString();
    if (!this.server.isMine(user)) return this.homeserver.federation.remote.profile(userId);
    const row = await this.homeserver.storage.profiles.get({ userId });
    if (!row) throw new NotFoundError(`User ${userId} has no profile`);
    return row;
  }

  protected sendEvent({ room_id: roomId, type, sender, state_key: stateKey, content }: RoomEventDict) {
    const draft = { roomId, type, sender, stateKey, content };
    return this.homeserver.events.sendNonMember(this.#as(sender), draft, { ignoreShadowBan: true });
  }

  protected makeRoom(
    userId: UserId,
    config: JsonObject,
    options: CreateRoomOptions & { readonly ratelimit: boolean },
  ): Promise<CreatedRoom> {
    return this.homeserver.roomCreation.create(this.#as(userId), config, options);
  }

  protected async resolveAlias(alias: RoomAlias): Promise<ResolvedAlias | null> {
    if (!this.server.isMine(alias)) return this.homeserver.federation.remote.resolveAlias(alias);
    const row = await this.homeserver.storage.aliases.get({ alias: alias.toString() });
    return row ? { roomId: row.roomId, hosts: [this.server.serverName] } : null;
  }

  #as(userId: UserId): Caller {
    return asServer(this.server.serverName, userId);
  }
}
