import { expect } from "chai";
import { AccountData, Module, UnsignedFields, type JsonObject, type RoomEvent } from "#src/index.js";
import { requester, userId } from "#src/testing.js";
import { testModule, testModules } from "./kit.js";

const ALICE = userId("alice");

@Module()
class Watches {
  readonly told: unknown[][] = [];
  readonly asked: string[] = [];

  @AccountData.onAccountDataUpdated()
  onAccountDataUpdated(...args: unknown[]) {
    this.told.push(args.slice(0, 4));
  }

  @UnsignedFields.addFieldToUnsigned()
  addField(event: RoomEvent): JsonObject {
    this.asked.push(event.eventId);
    return { test_key: event.eventId, age: "not this" };
  }
}

describe("conformance: account data in a homeserver", () => {
  it("case 271: it is notified of global account data", async () => {
    await using kit = await testModule(Watches);
    const alice = await kit.homeserver.user("alice");
    await alice.setAccountData("org.matrix.foo", { bar: "baz" });
    expect(kit.module.told).to.deep.equal([[ALICE, null, "org.matrix.foo", { bar: "baz" }]]);
  });

  it("case 272: it is notified of account data of a room", async () => {
    await using kit = await testModule(Watches);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    await alice.setAccountData("org.matrix.foo", { bar: "baz" }, room);
    expect(kit.module.told).to.deep.equal([[ALICE, room, "org.matrix.foo", { bar: "baz" }]]);
  });

  it("case 274: it isn't notified of a room tag", async () => {
    await using kit = await testModule(Watches);
    const alice = await kit.homeserver.user("alice");
    await alice.setTag(await alice.createRoom(), "m.favourite");
    expect(kit.module.told).to.deep.equal([]);
  });

  it("case 460: onAccountDataUpdated is notified of a removal, also of what was not there, and of a read marker", async () => {
    await using kit = await testModule(Watches);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    await alice.removeAccountData("org.matrix.foo");
    await alice.setReadMarker(room, "$event");
    expect(kit.module.told).to.deep.equal([
      [ALICE, null, "org.matrix.foo", {}],
      [ALICE, room, "m.fully_read", { event_id: "$event" }],
    ]);
  });
});

describe("conformance: unsigned fields in a homeserver", () => {
  it("case 283: a client receives an event with the module's field, and the homeserver's own stay", async () => {
    await using kit = await testModule(Watches);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    const eventId = await alice.sendText(room, "hi");
    await kit.clock.advance(1_000);
    const event = (await alice.messages(room)).at(-1)!;
    // A client over HTTP also sees by which request it sent the event.
    const { transaction_id: _, ...unsigned } = event.unsigned!;
    expect(unsigned).to.deep.equal({ test_key: eventId, age: 1_000 });
  });

  it("case 287: each distinct event is asked about once, an edit and a thread's latest event included", async () => {
    await using kit = await testModule(Watches);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    const root = await alice.sendText(room, "root");
    const relate = (type: string) =>
      alice.send(room, "m.room.message", { body: type, "m.relates_to": { rel_type: type, event_id: root } });
    const edit = await relate("m.replace");
    const reply = await relate("m.thread");
    const rootEvent = (await kit.homeserver.store.find(root))!;
    const [serialised] = await kit.homeserver.clientEvents.serialise([rootEvent, rootEvent], requester("alice"));
    expect(kit.module.asked).to.deep.equal([root, edit, reply]);
    const relations = serialised!.unsigned!["m.relations"] as unknown as {
      "m.replace": { unsigned: JsonObject };
      "m.thread": { latest_event: { unsigned: JsonObject }; count: number; current_user_participated: boolean };
    };
    expect(relations["m.replace"].unsigned.test_key).to.equal(edit);
    const { latest_event: latest, ...summary } = relations["m.thread"];
    expect(latest.unsigned.test_key).to.equal(reply);
    expect(summary).to.deep.equal({ count: 1, current_user_participated: true });
  });
});

describe("conformance: user directory in a homeserver", () => {
  it("case 77: without a checker a search finds the user who shares a room", async () => {
    await using kit = await testModules([]);
    const alice = await kit.homeserver.user("alice");
    const bob = await kit.homeserver.user("bob");
    await bob.join(await alice.createRoom({ preset: "public_chat" }));
    const { results } = await alice.searchUsers("bob");
    expect(results).to.deep.equal([{ user_id: userId("bob"), display_name: "bob", avatar_url: null }]);
  });
});
