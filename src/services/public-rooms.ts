import type { RoomId } from "../matrix/identifiers.js";
import { NotFoundError } from "../matrix/matrix-error.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/**
 * Reads and changes the list of public rooms, without asking any module. (`PublicRoomListManager` in Synapse, 1.22.)
 *
 * @public
 */
export abstract class PublicRooms {
  static readonly declaration: ServiceDeclaration<PublicRooms> = {
    runsIn: "homeserver",
    methods: {
      roomIsInPublicRoomList: { does: "reads", takes: ["personal"], returns: "public" },
      addRoomToPublicRoomList: { does: "acts", takes: ["personal"], returns: "nothing" },
      removeRoomFromPublicRoomList: { does: "acts", takes: ["personal"], returns: "nothing" },
    },
  };

  /** False for unknown rooms. (`room_is_in_public_room_list`.) */
  async roomIsInPublicRoomList(roomId: RoomId): Promise<boolean> {
    return (await this.isListed(roomId)) ?? false;
  }

  /** @throws {NotFoundError} for an unknown room. (`add_room_to_public_room_list`.) */
  async addRoomToPublicRoomList(roomId: RoomId): Promise<void> {
    await this.#list(roomId, true);
  }

  /** @throws {NotFoundError} for an unknown room. (`remove_room_from_public_room_list`.) */
  async removeRoomFromPublicRoomList(roomId: RoomId): Promise<void> {
    await this.#list(roomId, false);
  }

  /** Whether a room is in the list; null for an unknown room. */
  protected abstract isListed(roomId: RoomId): Promise<boolean | null>;

  /** Adds an existing room to the list, or removes it. */
  protected abstract setListed(roomId: RoomId, listed: boolean): Promise<void>;

  async #list(roomId: RoomId, listed: boolean): Promise<void> {
    if ((await this.isListed(roomId)) === null) throw new NotFoundError(`Room ${roomId} doesn't exist`);
    await this.setListed(roomId, listed);
  }
}
