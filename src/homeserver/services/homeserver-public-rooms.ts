import type { RoomId } from "../../matrix/identifiers.js";
import { PublicRooms } from "../../services/public-rooms.js";
import type { Homeserver } from "../homeserver.js";

/** {@link PublicRooms} of a {@link Homeserver}. */
export class HomeserverPublicRooms extends PublicRooms {
  constructor(private readonly homeserver: Homeserver) {
    super();
  }

  protected async isListed(roomId: RoomId): Promise<boolean | null> {
    return (await this.homeserver.storage.rooms.get({ roomId }))?.isPublic ?? null;
  }

  protected async setListed(roomId: RoomId, isPublic: boolean): Promise<void> {
    const room = await this.homeserver.store.room(roomId);
    await this.homeserver.storage.rooms.put({ ...room, isPublic });
  }
}
