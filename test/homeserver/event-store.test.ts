import { expect } from "chai";
import { createInMemoryStorage } from "#src/homeserver/in-memory-storage.js";
import { EventStore } from "#src/homeserver/pipelines/event-store.js";
import { membershipEvent, roomEvent, roomId } from "#src/testing/builders.js";

describe("the event store of the small homeserver", () => {
  it("the event store of the small homeserver reads of a room's state what is wanted of it, and no other events", async () => {
    const storage = createInMemoryStorage();
    const store = new EventStore(storage);
    const power = await store.append(roomEvent({ type: "m.room.power_levels", state_key: "", content: { ban: 50 } }));
    const alice = await store.append(membershipEvent("join", { sender: "@alice:example.org" }));
    const bob = await store.append(membershipEvent("join", { sender: "@bob:example.org" }));
    const read: string[] = [];
    const { get } = storage.events;
    storage.events.get = async (key) => {
      const row = await get.call(storage.events, key);
      if (row) read.push(`${row.dict.type} ${row.dict.state_key}`);
      return row;
    };
    const of = async (...given: Parameters<EventStore["state"]>) => [...(await store.state(...given)).values()];
    expect(await of(roomId())).to.deep.equal([power, alice, bob]);
    read.length = 0;
    expect(await of(roomId(), [["m.room.member", "@bob:example.org"], ["m.room.power_levels"]])).to.deep.equal([
      bob,
      power,
    ]);
    expect(await of(roomId(), [["m.room.topic", ""]])).to.deep.equal([]);
    expect(await of(roomId(), [])).to.deep.equal([]);
    expect(read).to.deep.equal(["m.room.member @bob:example.org", "m.room.power_levels "]);
  });
});
