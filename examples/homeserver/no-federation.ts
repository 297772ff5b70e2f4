import {
  NotFoundError,
  type EventId,
  type Mailer,
  type Medium,
  type ProfileInfo,
  type RoomId,
  type UserId,
} from "ligand";
import type { RemoteServers, Storage } from "ligand/homeserver";

/** There are no other servers. What identity servers know, this server knows itself. */
export class NoFederation implements RemoteServers {
  constructor(
    private readonly storage: Storage,
    private readonly mailer: Mailer,
  ) {}

  async join(roomId: RoomId): Promise<EventId> {
    throw new NotFoundError(`Room ${roomId} doesn't exist here, and there is no federation`);
  }

  async profile(userId: UserId): Promise<ProfileInfo> {
    throw new NotFoundError(`User ${userId} is not of this server, and there is no federation`);
  }

  async resolveAlias(): Promise<null> {
    return null;
  }

  async sendPresence(): Promise<void> {}

  async lookup3pid(medium: Medium, address: string): Promise<UserId | null> {
    return (await this.storage.threepids.get({ medium, address }))?.userId ?? null;
  }

  /** A mail is all that comes of it: the invite is never claimed. */
  async store3pidInvite(medium: Medium, address: string, roomId: RoomId, inviter: UserId): Promise<void> {
    if (medium !== "email") return;
    const text = `${inviter} invites you to ${roomId}`;
    await this.mailer.sendMail(address, "You are invited", `<p>${text}</p>`, text);
  }
}
