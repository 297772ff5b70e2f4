import { expect } from "chai";
import { Codes, NOT_SPAM, type RoomEvent, type StateMap } from "#src/index.js";
import { modulesOf } from "./bridged-synapse.js";
import { FederatedSynapses } from "./federated-synapses.js";
import { roomPath, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { until } from "../until.js";

describe("cases of federation on Synapse", () => {
  let synapses: FederatedSynapses;
  let alice: MatrixClient;
  let bob: MatrixClient;
  /** Alice's, in which Bob of the other server is. */
  let room: string;

  before(async () => {
    synapses = await FederatedSynapses.start([
      { module: `${modulesOf("federation-switchboard")}#FederationSwitchboard` },
    ]);
    alice = await synapses.user();
    bob = await synapses.remoteUser();
  });
  after(() => synapses.stop());
  beforeEach(async () => {
    room = await synapses.sharedRoom(alice, bob);
    synapses.here.forget();
    synapses.there.forget();
  });
  afterEach(hangUp);

  it("case 50 on Synapse: checkEventForSpam empties, flags and soft-fails messages of other servers", async () => {
    const calls = when("checkEventForSpam", ({ content }: RoomEvent) =>
      String(content["body"]).includes("ham") ? NOT_SPAM : Codes.FORBIDDEN,
    );
    const spam = await synapses.send(bob, room, "spam");
    const ham = await synapses.send(bob, room, "ham");
    expect(await synapses.untilStored(spam)).to.deep.equal({ content: {}, isSoftFailed: true, isSpam: true });
    expect(await synapses.untilStored(ham)).to.deep.equal({
      content: { msgtype: "m.text", body: "ham" },
      isSoftFailed: false,
      isSpam: false,
    });
    expect(calls.map(([event]) => [(event as RoomEvent).sender, (event as RoomEvent).eventId])).to.deep.equal([
      [bob.userId, spam],
      [bob.userId, ham],
    ]);
  });

  it("case 85 on Synapse: a sticky message of another server is tracked, unless checkEventForSpam denies it", async () => {
    when("checkEventForSpam", ({ content }: RoomEvent) => (content["body"] === "ham" ? NOT_SPAM : Codes.FORBIDDEN));
    const sendSticky = async (body: string) => {
      const path = `${roomPath(room)}/send/m.room.message/${body}?org.matrix.msc4354.sticky_duration_ms=600000`;
      return (await bob.put<{ event_id: string }>(path, { msgtype: "m.text", body })).event_id;
    };
    const [spam, ham] = [await sendSticky("spam"), await sendSticky("ham")];
    expect(await synapses.untilStored(spam)).to.include({ isSoftFailed: true, isSpam: true });
    expect(await synapses.untilStored(ham)).to.include({ isSoftFailed: false, isSpam: false });
    expect([await synapses.isTrackedAsSticky(spam), await synapses.isTrackedAsSticky(ham)]).to.deep.equal([
      false,
      true,
    ]);
  });

  it("case 90 on Synapse: an invite of another server is dropped by shouldDropFederatedEvent", async () => {
    const closed = await bob.createRoom();
    const calls = when("shouldDropFederatedEvent", () => true);
    const refused = await bob.ask("POST", `${roomPath(closed)}/invite`, { user_id: alice.userId });
    expect(refused.status).to.equal(403);
    const { status, answer, path } = await synapses.here.untilAsked("/v2/invite");
    expect([status, answer]).to.deep.equal([403, { errcode: "M_UNKNOWN", error: "M_FORBIDDEN" }]);
    const eventId = decodeURIComponent(path.split("/").at(-1)!);
    expect(await synapses.stored(eventId)).to.equal(null);
    expect(calls.map(([event]) => (event as RoomEvent).eventId)).to.deep.equal([eventId]);
  });

  it("case 91 on Synapse: an event of another server is dropped by shouldDropFederatedEvent, with success", async () => {
    const calls = when("shouldDropFederatedEvent", () => true);
    const eventId = await synapses.send(bob, room, "dropped");
    const { status, answer } = await synapses.here.untilSent(eventId);
    expect([status, answer]).to.deep.equal([200, { pdus: { [eventId]: {} } }]);
    expect(await synapses.stored(eventId)).to.equal(null);
    expect(calls.map(([event]) => (event as RoomEvent).eventId)).to.deep.equal([eventId]);
  });

  it("case 145 on Synapse: onNewEvent is notified of an event of another server, with the state of the room", async () => {
    const calls = when("onNewEvent", () => undefined);
    const eventId = await synapses.send(bob, room, "hello");
    await until(() => calls.length > 0);
    const [[event, state]] = calls as [[RoomEvent, StateMap<RoomEvent>]];
    expect([event.eventId, event.sender]).to.deep.equal([eventId, bob.userId]);
    expect(state.get("m.room.create", "")?.sender).to.equal(alice.userId);
    expect(state.get("m.room.member", bob.userId)?.membership).to.equal("join");
  });

  it("case 163 on Synapse: checkEventAllowed isn't asked about an event of another server", async () => {
    const calls = when("checkEventAllowed", () => [false, null]);
    const eventId = await synapses.send(bob, room, "hello");
    expect(await synapses.untilStored(eventId)).to.deep.include({ isSoftFailed: false });
    expect(calls).to.deep.equal([]);
    expect((await alice.sendMessage(room, "hello")).status).to.equal(403);
  });
});
