import type { RoomId } from "../../matrix/identifiers.js";
import { PublicRooms } from "../../services/public-rooms.js";
import type { EventStore } from "../pipelines/event-store.js";
import type { Storage } from "../storage.js";

/** {@link PublicRooms} of the homeserver. */
export class HomeserverPublicRooms extends PublicRooms {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "rooms">;
      readonly store: EventStore;
    },
  ) {
    super();
  }

  protected async isListed(roomId: RoomId): Promise<boolean | null> {
    return (await this.parts.storage.rooms.get({ roomId }))?.isPublic ?? null;
  }

  protected async setListed(roomId: RoomId, isPublic: boolean): Promise<void> {
    const room = await this.parts.store.room(roomId);
    await this.parts.storage.rooms.put({ ...room, isPublic });
  }
}
