import { expect } from "chai";
import { Codes, LigandError, MatrixError, PRESENCE_ALL_USERS } from "#src/index.js";
import type { RoomId, UserId, UserPresenceState } from "#src/index.js";
import { failureOf } from "../failure-of.js";
import { modulesOf } from "./bridged-synapse.js";
import { FederatedSynapses, membershipIn, serverOf } from "./federated-synapses.js";
import { roomPath, type Body, type MatrixClient } from "./matrix-client.js";
import { PresenceReader, setPresence } from "./presence-reader.js";
import { services } from "./service-board.js";
import { hangUp, when } from "./switchboard.js";

describe("services and presence of a Synapse that federates", () => {
  let synapses: FederatedSynapses;
  let alice: MatrixClient;
  let bob: MatrixClient;
  let aliceId: UserId;
  let bobId: UserId;
  let shared: RoomId;

  before(async () => {
    synapses = await FederatedSynapses.start([{ module: `${modulesOf("costly-switches")}#PresenceSwitch` }]);
    alice = await synapses.user();
    bob = await synapses.remoteUser();
    [aliceId, bobId] = [alice.userId as UserId, bob.userId as UserId];
    shared = (await synapses.sharedRoom(alice, bob)) as RoomId;
  });
  after(() => synapses.stop());
  afterEach(() => {
    hangUp();
    synapses.here.forget();
    synapses.there.forget();
  });

  describe("rooms", () => {
    it("case 333 on Synapse: a join through a remote host is attempted once, and returns the join", async () => {
      const room = await roomElsewhere();
      const event = await services().rooms.updateRoomMembership(aliceId, aliceId, room, "join", {
        content: { reason: "why" },
        remoteRoomHosts: [serverOf(bob)],
      });
      expect(event).to.deep.include({ type: "m.room.member", sender: aliceId, stateKey: aliceId, roomId: room });
      expect(event.content).to.include({ membership: "join", reason: "why" });
      expect(synapses.there.asked("/v1/make_join").length).to.equal(1);
      expect(await membershipIn(room, alice, bob)).to.equal("join");
    });

    it("rooms of other servers aren't found without a server to join through", async () => {
      const joining = services().rooms.updateRoomMembership(aliceId, aliceId, await roomElsewhere(), "join");
      expect(await failureOf(joining))
        .to.be.instanceOf(MatrixError)
        .and.to.include({ status: 404 });
      expect(synapses.there.asked("/v1/make_join")).to.deep.equal([]);
    });

    it("rooms of other servers invite users of other servers, with the name that they have there", async () => {
      await bob.put(`/_matrix/client/v3/profile/${bobId}/displayname`, { displayname: "Bob from elsewhere" });
      const room = (await alice.createRoom()) as RoomId;
      const { content } = await services().rooms.updateRoomMembership(aliceId, bobId, room, "invite");
      expect(content).to.include({ membership: "invite", displayname: "Bob from elsewhere" });
      await synapses.there.untilAsked("/v2/invite", ({ status }) => status === 200);
    });

    it("rooms of other servers are changed only by users of ours", async () => {
      const leaving = services().rooms.updateRoomMembership(bobId, bobId, shared, "leave");
      expect(await failureOf(leaving))
        .to.be.instanceOf(LigandError)
        .and.to.include({ code: "LIGAND_ARGUMENT_INVALID" });
    });

    it("rooms of other servers are found by aliases of other servers", async () => {
      const roomId = await roomElsewhere({ room_alias_name: "elsewhere" });
      expect(await services().rooms.lookupRoomAlias(`#elsewhere:${serverOf(bob)}`)).to.deep.equal({
        roomId,
        hosts: [serverOf(bob)],
      });
      expect(await failureOf(services().rooms.lookupRoomAlias(`#nowhere:${serverOf(bob)}`)))
        .to.be.instanceOf(MatrixError)
        .and.to.include({ status: 404, errcode: "M_NOT_FOUND" });
    });

    it("rooms of other servers return state with the events of other servers", async () => {
      const room = await roomElsewhere({ name: "elsewhere" });
      await alice.post(`/_matrix/client/v3/join/${room}?via=${serverOf(bob)}`);
      const names = await services().rooms.getStateEventsInRoom(room, [["m.room.name", ""]]);
      expect(names.map(({ sender, content }) => [sender, content])).to.deep.equal([[bobId, { name: "elsewhere" }]]);
    });
  });

  /** A room of Bob's that our server does not know. */
  async function roomElsewhere(config: object = {}): Promise<RoomId> {
    return (await bob.createRoom({ preset: "public_chat", ...config })) as RoomId;
  }

  /** The presence that our server has told the other one, but for Alice's. */
  async function presenceSent(): Promise<unknown[]> {
    // What waits to be sent goes no later than an event that comes after it.
    const eventId = await synapses.send(alice, shared, "that was all");
    await synapses.there.untilSent(eventId);
    const edus = synapses.there.asked("/v1/send/").flatMap(({ body }) => (body["edus"] ?? []) as Edu[]);
    const states = edus.flatMap(({ edu_type, content }) => (edu_type === "m.presence" ? content.push : []));
    const ofOthers = states.filter(({ user_id }) => user_id !== alice.userId);
    return ofOthers.map(({ user_id, presence }) => [user_id, presence]);
  }

  const idOf = ({ userId }: MatrixClient) => userId as UserId;

  it("case 180 on Synapse: a router brings who is online to its receivers, of other servers too", async () => {
    const one = await synapses.user();
    const two = await synapses.user();
    const other = await synapses.user();
    for (const user of [one, two, other]) await setPresence(user, "online");
    await setPresence(await synapses.user(), "offline");
    const [readerOne, readerTwo] = [new PresenceReader(one), new PresenceReader(two)];
    await Promise.all([readerOne.next(), readerTwo.next()]);
    const receivers = [one, two, bob].map(idOf);
    when("getUsersForStates", (states: Iterable<UserPresenceState>) => {
      const all = new Set(states);
      return new Map(receivers.map((receiver) => [receiver, all]));
    });
    when("getInterestedUsers", (user: UserId) => (receivers.includes(user) ? PRESENCE_ALL_USERS : new Set()));
    const everybody = [one, two, other].map(idOf);

    await services().presence.sendLocalOnlinePresenceTo([idOf(one), idOf(two)]);
    expect(await readerOne.nextUsers()).to.deep.equal(everybody);
    expect(await readerTwo.nextUsers()).to.deep.equal(everybody);
    expect(await new PresenceReader(other).nextUsers()).to.deep.equal([other.userId]);

    // To wake syncs, Synapse has set one user's presence again.
    await presenceSent();
    synapses.there.forget();
    await services().presence.sendLocalOnlinePresenceTo([bobId]);
    expect(await presenceSent()).to.have.deep.members(everybody.map((userId) => [userId, "online"]));
  });

  it("case 451 on Synapse: a router immediately sends a change of presence to a receiver on another server", async () => {
    const dave = await synapses.user();
    when("getUsersForStates", (states: Iterable<UserPresenceState>) => new Map([[bobId, new Set(states)]]));
    await setPresence(dave, "online");
    expect(await presenceSent()).to.deep.equal([[dave.userId, "online"]]);
  });

  it("case 328 on Synapse: sendLocalOnlinePresenceTo a user of another server sends what that user may see", async () => {
    const dave = await synapses.user();
    await synapses.sharedRoom(dave, bob);
    await setPresence(dave, "online");
    expect(await presenceSent()).to.deep.equal([[dave.userId, "online"]]);
    synapses.there.forget();
    const asked = when("getInterestedUsers", () => new Set());
    await services().presence.sendLocalOnlinePresenceTo([bobId]);
    expect(await presenceSent()).to.deep.equal([[dave.userId, "online"]]);
    expect(asked).to.deep.equal([[bobId]]);
  });

  it("setPresenceForUsers sets the presence of users of other servers, as ours see it", async () => {
    await services().presence.setPresenceForUsers(
      new Map([[bobId, { state: "online", statusMsg: "set by a module" }]]),
    );
    const path = `/_matrix/client/v3/presence/${bobId}/status`;
    expect(await alice.get(path)).to.include({ presence: "online", status_msg: "set by a module" });
  });

  it("case 17 on Synapse: userMayInvite alone decides about invites of other servers without federatedUserMayInvite", async () => {
    const room = await bob.createRoom();
    const calls = when("userMayInvite", () => Codes.FORBIDDEN);
    const refused = await bob.ask("POST", `${roomPath(room)}/invite`, { user_id: alice.userId });
    expect([refused.status, (refused.body as Body)["errcode"]]).to.deep.equal([403, "M_FORBIDDEN"]);
    expect(calls).to.deep.equal([[bob.userId, alice.userId, room]]);
  });
});

/** What servers tell each other beside events. */
interface Edu {
  readonly edu_type: string;
  readonly content: { readonly push: { readonly user_id: string; readonly presence: string }[] };
}
