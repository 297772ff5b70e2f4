import type { EventId, Medium, RoomAlias, RoomId, UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import type { ProfileInfo, UserPresenceState } from "../matrix/records.js";
import type { ResolvedAlias } from "../services/look-up-alias.js";

/** What the homeserver asks other homeservers and identity servers. @public */
export interface RemoteServers {
  /**
   * Joins a room through servers that are in it. Pass whatever comes back to `federation.receive` of the homeserver.
   *
   * @returns the id of the join.
   */
  join(roomId: RoomId, userId: UserId, content: JsonObject, hosts: readonly string[]): Promise<EventId>;
  /** The profile of a user; throws a `NotFoundError` if there is none. */
  profile(userId: UserId): Promise<ProfileInfo>;
  /** Null for an unknown alias. */
  resolveAlias(alias: RoomAlias): Promise<ResolvedAlias | null>;
  sendPresence(server: string, states: readonly UserPresenceState[]): Promise<void>;
  /** The user an address belongs to; null for none. */
  lookup3pid(medium: Medium, address: string): Promise<UserId | null>;
  /** Stores an invite until its address belongs to a user. */
  store3pidInvite(medium: Medium, address: string, roomId: RoomId, inviter: UserId): Promise<void>;
}
