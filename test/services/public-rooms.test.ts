import { expect } from "chai";
import type { RoomId } from "#src/matrix/identifiers.js";
import { PublicRooms } from "#src/services/public-rooms.js";
import { failureOf } from "../failure-of.js";

describe("PublicRooms", () => {
  class SmallPublicRooms extends PublicRooms {
    readonly rooms = new Map<RoomId, boolean>([["!r:server", false]]);
    protected async isListed(roomId: RoomId): Promise<boolean | null> {
      return this.rooms.get(roomId) ?? null;
    }
    protected async setListed(roomId: RoomId, listed: boolean): Promise<void> {
      this.rooms.set(roomId, listed);
    }
  }

  it("PublicRooms adds a room to the list and removes it", async () => {
    const list = new SmallPublicRooms();
    const seen = [await list.roomIsInPublicRoomList("!r:server")];
    await list.addRoomToPublicRoomList("!r:server");
    seen.push(await list.roomIsInPublicRoomList("!r:server"));
    await list.removeRoomFromPublicRoomList("!r:server");
    seen.push(await list.roomIsInPublicRoomList("!r:server"));
    expect(seen).to.deep.equal([false, true, false]);
  });

  it("case 486: PublicRooms has no unknown room in the list, and can't change one", async () => {
    const list = new SmallPublicRooms();
    expect(await list.roomIsInPublicRoomList("!x:server")).to.equal(false);
    for (const change of [list.addRoomToPublicRoomList("!x:server"), list.removeRoomFromPublicRoomList("!x:server")]) {
      expect(await failureOf(change)).to.include({ status: 404, message: "Room !x:server doesn't exist" });
    }
  });
});
