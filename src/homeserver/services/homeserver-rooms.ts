import type { Logger } from "winston";
import type { EventId, ParsedUserId, RoomAlias, RoomId, UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { NotFoundError } from "../../matrix/matrix-error.js";
import type { ProfileInfo } from "../../matrix/records.js";
import type { RoomEvent, RoomEventDict } from "../../matrix/room-event.js";
import type { StateMap } from "../../matrix/state-map.js";
import type { ResolvedAlias } from "../../services/look-up-alias.js";
import { Rooms, type CreatedRoom, type CreateRoomOptions, type MembershipChange } from "../../services/rooms.js";
import type { Server } from "../../services/server.js";
import { asServer, type Caller } from "../caller.js";
import type { Directory } from "../pipelines/directory.js";
import type { EventStore } from "../pipelines/event-store.js";
import type { Events } from "../pipelines/events.js";
import type { Memberships } from "../pipelines/memberships.js";
import type { RoomCreation } from "../pipelines/room-creation.js";
import type { RoomShutdown } from "../pipelines/room-shutdown.js";
import type { RemoteServers } from "../remote-servers.js";
import type { Storage } from "../storage.js";

/** {@link Rooms} of the homeserver. */
export class HomeserverRooms extends Rooms {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "profiles">;
      readonly server: Server;
      readonly logger: Logger;
      readonly remote: RemoteServers;
      readonly store: EventStore;
      readonly events: Events;
      readonly directory: Directory;
      readonly memberships: Memberships;
      readonly roomCreation: RoomCreation;
      readonly roomShutdown: RoomShutdown;
    },
  ) {
    super();
  }

  protected get server(): Server {
    return this.parts.server;
  }

  protected get logger(): Logger {
    return this.parts.logger;
  }

  deleteRoom(roomId: RoomId): Promise<void> {
    return this.parts.roomShutdown.schedule(null, roomId);
  }

  protected readState(
    roomId: RoomId,
    filter: readonly (readonly [type: string, stateKey: string | null])[] | null,
  ): Promise<StateMap<RoomEvent>> {
    return this.parts.store.state(
      roomId,
      filter?.map(([type, stateKey]) => (stateKey === null ? [type] : [type, stateKey])),
    );
  }

  protected async changeMembership({ sender, content, ...change }: MembershipChange): Promise<EventId> {
    const { eventId } = await this.parts.memberships.change(this.#as(sender), { ...change, content });
    return eventId;
  }

  protected findEvent(eventId: EventId): Promise<RoomEvent | null> {
    return this.parts.store.find(eventId);
  }

  protected async fetchProfile(user: ParsedUserId): Promise<ProfileInfo> {
    const userId = user.toString();
    if (!this.server.isMine(user)) return this.parts.remote.profile(userId);
    const row = await this.parts.storage.profiles.get({ userId });
    if (!row) throw new NotFoundError(`User ${userId} has no profile`);
    return row;
  }

  protected sendEvent({ room_id: roomId, type, sender, state_key: stateKey, content }: RoomEventDict) {
    const draft = { roomId, type, sender, stateKey, content };
    return this.parts.events.sendNonMember(this.#as(sender), draft, { ignoreShadowBan: true });
  }

  protected makeRoom(
    userId: UserId,
    config: JsonObject,
    options: CreateRoomOptions & { readonly ratelimit: boolean },
  ): Promise<CreatedRoom> {
    return this.parts.roomCreation.create(this.#as(userId), config, options);
  }

  protected resolveAlias(alias: RoomAlias): Promise<ResolvedAlias | null> {
    return this.parts.directory.resolve(alias);
  }

  #as(userId: UserId): Caller {
    return asServer(this.server.serverName, userId);
  }
}
