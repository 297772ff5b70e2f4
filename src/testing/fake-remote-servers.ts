import type { RemoteServers } from "../homeserver/remote-servers.js";
import type { EventId, Medium, RoomAlias, RoomId, UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import { NotFoundError } from "../matrix/matrix-error.js";
import type { ProfileInfo, UserPresenceState } from "../matrix/records.js";
import type { ResolvedAlias } from "../services/look-up-alias.js";

/** Other servers, scripted by a test: set what they know, and read what they were sent. @public */
export class FakeRemoteServers implements RemoteServers {
  /** Profiles of users of other servers. */
  readonly profiles = new Map<UserId, ProfileInfo>();
  readonly aliases = new Map<string, ResolvedAlias>();
  /** Users by third-party identifier, such as `email:bob@example.com`. */
  readonly threepids = new Map<string, UserId>();
  /** The ids that joins return, by room; rooms that aren't here can't be joined. */
  readonly joins = new Map<RoomId, EventId>();

  readonly joinAttempts: { roomId: RoomId; userId: UserId; hosts: readonly string[] }[] = [];
  readonly presenceSent: { server: string; states: readonly UserPresenceState[] }[] = [];
  readonly invitesStored: { medium: Medium; address: string; roomId: RoomId; inviter: UserId }[] = [];

  async join(roomId: RoomId, userId: UserId, _content: JsonObject, hosts: readonly string[]): Promise<EventId> {
    this.joinAttempts.push({ roomId, userId, hosts });
    const eventId = this.joins.get(roomId);
    if (eventId === undefined) throw new NotFoundError(`None of the servers ${hosts.join(", ")} is in room ${roomId}`);
    return eventId;
  }

  async profile(userId: UserId): Promise<ProfileInfo> {
    const profile = this.profiles.get(userId);
    if (!profile) throw new NotFoundError(`User ${userId} has no profile`);
    return profile;
  }

  async resolveAlias(alias: RoomAlias): Promise<ResolvedAlias | null> {
    return this.aliases.get(alias.toString()) ?? null;
  }

  async sendPresence(server: string, states: readonly UserPresenceState[]): Promise<void> {
    this.presenceSent.push({ server, states });
  }

  async lookup3pid(medium: Medium, address: string): Promise<UserId | null> {
    return this.threepids.get(`${medium}:${address}`) ?? null;
  }

  async store3pidInvite(medium: Medium, address: string, roomId: RoomId, inviter: UserId): Promise<void> {
    this.invitesStored.push({ medium, address, roomId, inviter });
  }
}
