import { expect } from "chai";
import { Codes, deny, NOT_SPAM, type FederationDelivery, type FileInfo, type RoomEvent } from "#src/index.js";
import { modulesOf } from "./bridged-synapse.js";
import { FederatedSynapses, serverOf } from "./federated-synapses.js";
import { roomPath, type Answer, type Body, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { until } from "../until.js";

describe("hooks of a Synapse that federates", () => {
  let synapses: FederatedSynapses;
  let alice: MatrixClient;
  let bob: MatrixClient;

  before(async () => {
    synapses = await FederatedSynapses.start([
      { module: `${modulesOf("federation-switchboard")}#FederationSwitchboard` },
      { module: `${modulesOf("costly-switches")}#RateSwitch` },
    ]);
    alice = await synapses.user();
    bob = await synapses.remoteUser();
  });
  after(() => synapses.stop());
  afterEach(() => {
    hangUp();
    synapses.here.forget();
    synapses.there.forget();
  });

  const invite = async (inviter: MatrixClient, invitee: MatrixClient): Promise<[room: string, answer: Answer]> => {
    const room = await inviter.createRoom();
    return [room, await inviter.ask("POST", `${roomPath(room)}/invite`, { user_id: invitee.userId })];
  };

  describe("invites", () => {
    it("case 435 on Synapse: invites of another server are refused by federatedUserMayInvite, with code and fields", async () => {
      const calls = when("federatedUserMayInvite", () => deny(Codes.LIMIT_EXCEEDED, { hint: "later" }));
      const next = when("userMayInvite", () => NOT_SPAM);
      const [room, refused] = await invite(bob, alice);
      expect(refused.status).to.equal(403);
      const { status, answer } = await synapses.here.untilAsked("/v2/invite");
      expect([status, answer]).to.deep.equal([
        403,
        {
          errcode: "M_LIMIT_EXCEEDED",
          error: "This user is not permitted to send invites to this server/user",
          hint: "later",
        },
      ]);
      const [[event]] = calls as [[RoomEvent]];
      expect([event.sender, event.stateKey, event.roomId]).to.deep.equal([bob.userId, alice.userId, room]);
      expect(event.unsigned["invite_room_state"]).to.be.an("array");
      expect(next).to.deep.equal([]);
    });

    it("invites of another server are refused by userMayInvite, when federatedUserMayInvite has passed", async () => {
      const first = when("federatedUserMayInvite", () => NOT_SPAM);
      const calls = when("userMayInvite", () => Codes.FORBIDDEN);
      const [room, refused] = await invite(bob, alice);
      expect(outcome(refused)).to.deep.equal([403, "M_FORBIDDEN"]);
      expect(calls).to.deep.equal([[bob.userId, alice.userId, room]]);
      expect(first.length).to.equal(1);
    });

    it("invites of a user of another server are refused before that server is notified of them", async () => {
      const calls = when("userMayInvite", () => deny(Codes.LIMIT_EXCEEDED, { hint: "later" }));
      const [room, refused] = await invite(alice, bob);
      expect(outcome(refused)).to.deep.equal([403, "M_LIMIT_EXCEEDED"]);
      expect(refused.body).to.include({ hint: "later" });
      expect(calls).to.deep.equal([[alice.userId, bob.userId, room]]);
      expect(synapses.there.asked("/v2/invite")).to.deep.equal([]);
    });

    it("case 309 on Synapse: of another server don't ask for anybody's limits, those of our users do", async () => {
      const calls = when("getRatelimitOverrideForUser", () => null);
      expect((await invite(bob, alice))[1].status).to.equal(200);
      expect(calls).to.deep.equal([]);
      expect((await invite(alice, bob))[1].status).to.equal(200);
      expect(calls).to.deep.include([alice.userId, "rc_invites.per_user"]);
    });
  });

  describe("joins", () => {
    it("joins of rooms elsewhere ask userMayJoinRoom before the other server", async () => {
      const room = await bob.createRoom({ preset: "public_chat" });
      const join = () => alice.ask("POST", `/_matrix/client/v3/join/${room}?via=${serverOf(bob)}`, {});
      const refusals = when("userMayJoinRoom", () => deny(Codes.LIMIT_EXCEEDED, { hint: "later" }));
      const refused = await join();
      expect(outcome(refused)).to.deep.equal([403, "M_LIMIT_EXCEEDED"]);
      expect(refused.body).to.include({ hint: "later" });
      expect(synapses.there.asked("/v1/make_join")).to.deep.equal([]);
      const calls = when("userMayJoinRoom", () => NOT_SPAM);
      expect(await join()).to.deep.include({ status: 200, body: { room_id: room } });
      expect([refusals, calls]).to.deep.equal([[[alice.userId, room, false]], [[alice.userId, room, false]]]);
    });

    it("joins of rooms elsewhere ask checkEventForSpam about all that comes with them", async () => {
      const room = await bob.createRoom({ preset: "public_chat" });
      const calls = when("checkEventForSpam", () => NOT_SPAM);
      const origins = when("origin of event", () => NOT_SPAM);
      await alice.post(`/_matrix/client/v3/join/${room}?via=${serverOf(bob)}`);
      // It was a client that asked.
      expect(new Set(origins.map(([, origin]) => origin))).to.deep.equal(new Set(["local"]));
      expect(calls.map(([event]) => (event as RoomEvent).type)).to.include.members([
        "m.room.create",
        "m.room.member",
        "m.room.power_levels",
        "m.room.join_rules",
      ]);
    });

    it("case 442 on Synapse: joins of users of other servers ask checkEventAllowed, and not userMayJoinRoom", async () => {
      const room = await alice.createRoom({ preset: "public_chat" });
      const join = () => bob.ask("POST", `/_matrix/client/v3/join/${room}?via=${serverOf(alice)}`, {});
      const unasked = when("userMayJoinRoom", () => Codes.FORBIDDEN);
      const calls = when("checkEventAllowed", () => [false, null]);
      expect(outcome(await join())).to.deep.equal([403, "M_FORBIDDEN"]);
      expect(calls.map(([event]) => seenOf(event))).to.deep.equal([[bob.userId, "m.room.member", "join"]]);
      hangUp();
      expect((await join()).status).to.equal(200);
      expect(unasked).to.deep.equal([]);
    });

    it("joins of users of other servers fail when checkEventAllowed replaces the template", async () => {
      const room = await alice.createRoom({ preset: "public_chat" });
      const join = () => bob.ask("POST", `/_matrix/client/v3/join/${room}?via=${serverOf(alice)}`, {});
      when("checkEventAllowed", (event: RoomEvent) => [true, event.getDict()]);
      await join();
      expect((await synapses.here.untilAsked("/v1/make_join")).status).to.equal(500);
      hangUp();
      expect((await join()).status).to.equal(200);
    });

    it("joins of users of other servers ask checkEventForSpam", async () => {
      const room = await alice.createRoom({ preset: "public_chat" });
      const calls = when("checkEventForSpam", () => NOT_SPAM);
      await bob.post(`/_matrix/client/v3/join/${room}?via=${serverOf(alice)}`);
      expect(calls.map(([event]) => seenOf(event))).to.deep.equal([[bob.userId, "m.room.member", "join"]]);
    });
  });

  it("hooks of a Synapse that federates asks checkEventAllowed about the template of a rejection by a user of another server", async () => {
    const [room] = await invite(alice, bob);
    const calls = when("checkEventAllowed", () => [true, null]);
    await bob.post(`${roomPath(room)}/leave`);
    expect(calls.map(([event]) => seenOf(event))).to.deep.equal([[bob.userId, "m.room.member", "leave"]]);
  });

  it("case 443 on Synapse: a Synapse that federates asks checkEventAllowed about knocks of other servers: twice for the template, and about the knock", async () => {
    const knocks = { type: "m.room.join_rules", state_key: "", content: { join_rule: "knock" } };
    const room = await alice.createRoom({ initial_state: [knocks] });
    const knock = () => bob.ask("POST", `/_matrix/client/v3/knock/${room}?via=${serverOf(alice)}`, {});
    const refusals = when("checkEventAllowed", () => [false, null]);
    expect(outcome(await knock())).to.deep.equal([403, "M_FORBIDDEN"]);
    const calls = when("checkEventAllowed", () => [true, null]);
    expect((await knock()).status).to.equal(200);
    const seenOnce = [bob.userId, "m.room.member", "knock"];
    expect(refusals.map(([event]) => seenOf(event))).to.deep.equal([seenOnce]);
    expect(calls.map(([event]) => seenOf(event))).to.deep.equal([seenOnce, seenOnce, seenOnce]);
  });

  it("hooks of a Synapse that federates says whether a client or another server has asked", async () => {
    const room = await synapses.sharedRoom(alice, bob);
    const calls = when("origin of event", () => NOT_SPAM);
    const news = when("origin of new event", () => undefined);
    const remote = await synapses.send(bob, room, "from elsewhere");
    await synapses.untilStored(remote);
    const local = await synapses.send(alice, room, "from here");
    expect(calls).to.deep.equal([
      [remote, "federation"],
      [local, "local"],
    ]);
    await until(() => news.length === 2);
    // What came in is worked on when the other server has its answer.
    expect(news).to.deep.equal([
      [remote, undefined],
      [local, "local"],
    ]);
  });

  it("case 427 on Synapse: a Synapse that federates tells another server why a callback failed on its event, and accepts the event with the next", async () => {
    const room = await synapses.sharedRoom(alice, bob);
    when("checkEventForSpam", () => {
      throw new TypeError("on purpose");
    });
    const first = await synapses.send(bob, room, "first");
    const { status, answer } = await synapses.here.untilSent(first);
    expect([status, answer]).to.deep.equal([200, { pdus: { [first]: { error: "TypeError: on purpose" } } }]);
    expect(await synapses.stored(first)).to.equal(null);
    hangUp();
    const second = await synapses.send(bob, room, "second");
    await synapses.untilStored(second);
    expect(await synapses.stored(first)).to.deep.include({ content: { msgtype: "m.text", body: "first" } });
  });

  it("case 509 on Synapse: hooks of a Synapse that federates asks checkMediaFileForSpam about files that come from another server", async () => {
    const upload = await bob.ask("POST", "/_matrix/media/v3/upload", Buffer.from("a file from elsewhere"));
    const { content_uri } = upload.body as { content_uri: string };
    const download = () => alice.ask("GET", `/_matrix/client/v1/media/download/${content_uri.slice("mxc://".length)}`);
    const calls = when("checkMediaFileForSpam", () => Codes.FORBIDDEN);
    expect(outcome(await download())).to.deep.equal([404, "M_FORBIDDEN"]);
    expect(calls.map(([, info]) => (info as FileInfo).serverName)).to.deep.equal([serverOf(bob)]);
    when("checkMediaFileForSpam", () => NOT_SPAM);
    expect(await download()).to.deep.include({ status: 200, body: "a file from elsewhere" });
  });

  it("a Synapse that federates notifies onEventDeliveredOverFederation of what another server was sent, and what it fetched", async () => {
    const calls = when("onEventDeliveredOverFederation", () => undefined);
    const deliveries = (method: string) =>
      calls.map(([delivery]) => delivery as FederationDelivery).filter((delivery) => delivery.method === method);
    const room = await synapses.sharedRoom(alice, bob);
    await until(() => deliveries("/send_join").length > 0);
    const [fetched] = deliveries("/send_join");
    expect(fetched?.serverName).to.equal(serverOf(bob));
    expect(fetched?.events.map(({ type }) => type)).to.include.members(["m.room.create", "m.room.member"]);
    const eventId = await synapses.send(alice, room, "hello");
    await until(() => deliveries("/send").length > 0);
    expect(
      deliveries("/send").map(({ serverName, events }) => [serverName, events.map((event) => event.eventId)]),
    ).to.deep.equal([[serverOf(bob), [eventId]]]);
  });

  it("case 508 on Synapse: hooks of a Synapse that federates adds fields of addFieldToUnsigned to what clients receive, and not to what servers do", async () => {
    const room = await synapses.sharedRoom(alice, bob);
    const calls = when("addFieldToUnsigned", () => ({ "org.example.seen": true }));
    const eventId = await synapses.send(alice, room, "hello");
    expect((await alice.readEvent(room, eventId))["unsigned"]).to.include({ "org.example.seen": true });
    const { body } = await synapses.there.untilSent(eventId);
    const [pdu] = body["pdus"] as [{ unsigned: Body }];
    expect(Object.keys(pdu.unsigned)).to.deep.equal(["age_ts"]);
    expect(calls.length).to.be.greaterThan(0);
  });
});

/** Status and code of an answer. */
function outcome({ status, body }: Answer): unknown[] {
  return [status, (body as Body)["errcode"]];
}

function seenOf(event: unknown): unknown[] {
  const { sender, type, membership } = event as RoomEvent;
  return [sender, type, membership];
}
