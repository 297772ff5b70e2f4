import { expect } from "chai";
import { AutoAcceptInvites } from "#examples/auto-accept-invites/auto-accept-invites.js";
import { Codes, Module, NOT_SPAM, SpamChecker, type MembershipOptions } from "#src/index.js";
import { testModule, testModules, userId, type TestKit } from "#src/testing.js";

const BOB = userId("bob");

/** Refuses some joins. */
@Module()
class Doorkeeper {
  refusals = 0;

  @SpamChecker.userMayJoinRoom()
  refuse() {
    if (this.refusals === 0) return NOT_SPAM;
    this.refusals -= 1;
    return Codes.FORBIDDEN;
  }
}

/** The changes of membership that modules ask for. */
function membershipCalls({ homeserver }: TestKit): unknown[] {
  const calls: unknown[] = [];
  const { rooms } = homeserver.services;
  const change = rooms.updateRoomMembership.bind(rooms);
  rooms.updateRoomMembership = (sender, target, roomId, membership, options?: MembershipOptions) => {
    calls.push([sender, target, roomId, membership]);
    return change(sender, target, roomId, membership, options);
  };
  return calls;
}

async function inviteBob({ homeserver }: TestKit, content = {}) {
  const alice = await homeserver.user("alice");
  const bob = await homeserver.user("bob");
  const roomId = await alice.createRoom();
  await alice.invite(roomId, BOB, content);
  return { alice, bob, roomId };
}

/** What a user is to the room now. */
async function membershipOf({ homeserver }: TestKit, roomId: `!${string}`, user = BOB) {
  return (await homeserver.store.state(roomId)).get("m.room.member", user)?.membership;
}

describe("conformance: accepting invites", () => {
  for (const isDirect of [true, false]) {
    it(`case 397: a local invite ${isDirect ? "to a direct chat " : ""}is accepted`, async () => {
      await using kit = await testModule(AutoAcceptInvites);
      const { roomId } = await inviteBob(kit, isDirect ? { is_direct: true } : {});
      await kit.clock.advance(0);
      expect(await membershipOf(kit, roomId)).to.equal("join");
      const direct = await kit.homeserver.services.accountData.getGlobal(BOB, "m.direct");
      expect(direct).to.deep.equal(isDirect ? { "@alice:example.org": [roomId] } : null);
    });
  }

  it("case 398: without the module no invite is accepted", async () => {
    await using kit = await testModules([]);
    const { roomId } = await inviteBob(kit);
    await kit.clock.advance(60_000);
    expect(await membershipOf(kit, roomId)).to.equal("invite");
  });

  it("case 399: an invite of another server is accepted", async () => {
    await using kit = await testModule(AutoAcceptInvites);
    await kit.homeserver.user("bob");
    await inviteFromElsewhere(kit);
    await kit.clock.advance(0);
    expect(kit.remote.joinAttempts).to.deep.equal([{ roomId: "!theirs:elsewhere", userId: BOB, hosts: ["elsewhere"] }]);
  });

  it("case 400: direct-only accepts invites to direct chats and no others", async () => {
    await using kit = await testModule(AutoAcceptInvites, { only_for_direct_messages: true });
    const { roomId } = await inviteBob(kit);
    const { roomId: directRoomId } = await inviteBob(kit, { is_direct: true });
    await kit.clock.advance(0);
    expect(await membershipOf(kit, roomId)).to.equal("invite");
    expect(await membershipOf(kit, directRoomId)).to.equal("join");
  });

  it("case 401: local-senders-only accepts invites of local users and no others", async () => {
    await using kit = await testModule(AutoAcceptInvites, { only_from_local_users: true });
    const { roomId } = await inviteBob(kit);
    await inviteFromElsewhere(kit);
    await kit.clock.advance(60_000);
    expect(await membershipOf(kit, roomId)).to.equal("join");
    expect(kit.remote.joinAttempts).to.deep.equal([]);
  });

  for (const state of ["missing", "deactivated", "suspended", "locked"] as const) {
    it(`case 402: an invite of a user who is ${state} is ignored`, async () => {
      await using kit = await testModule(AutoAcceptInvites);
      const calls = membershipCalls(kit);
      const { users } = kit.homeserver.storage;
      const alice = await kit.homeserver.user("alice");
      if (state !== "missing") {
        await kit.homeserver.user("bob");
        const row = (await users.get({ userId: BOB }))!;
        await users.put({ ...row, [state === "deactivated" ? "isDeactivated" : state]: true });
      }
      await alice.invite(await alice.createRoom(), BOB);
      await kit.clock.advance(60_000);
      expect(calls).to.deep.equal([]);
    });
  }

  it("case 403: a join that is refused twice succeeds at the third attempt", async () => {
    await using kit = await testModules([{ module: AutoAcceptInvites }, { module: Doorkeeper }]);
    const calls = membershipCalls(kit);
    kit.modules[1].refusals = 2;
    const { roomId } = await inviteBob(kit);
    await kit.clock.advance(60_000);
    expect(calls).to.deep.equal(Array(3).fill([BOB, BOB, roomId, "join"]));
    expect(await membershipOf(kit, roomId)).to.equal("join");
  });

  it("case 404: a join that is always refused is attempted five times, and no error escapes", async () => {
    await using kit = await testModules([{ module: AutoAcceptInvites }, { module: Doorkeeper }]);
    const calls = membershipCalls(kit);
    kit.modules[1].refusals = Infinity;
    const { roomId } = await inviteBob(kit);
    await kit.clock.advance(60_000);
    expect(calls).to.deep.equal(Array(5).fill([BOB, BOB, roomId, "join"]));
    expect(kit.logs.filter(({ level }) => level === "error" || level === "warn")).to.deep.equal([]);
  });

  it("case 406: the options are parsed", async () => {
    const config = { only_for_direct_messages: true, only_from_local_users: true, worker_to_run_on: "worker" };
    await using kit = await testModule(AutoAcceptInvites, config);
    expect(kit.module).to.have.property("config").that.includes(config);
  });

  for (const [worker, acts] of [
    [null, false],
    ["another", false],
    ["inviter", true],
  ] as const) {
    it(`case 407: configured for the worker inviter it ${acts ? "acts" : "does nothing"} on ${worker ?? "the main process"}`, async () => {
      const server = { workerName: worker };
      await using kit = await testModule(AutoAcceptInvites, { worker_to_run_on: "inviter" }, { server });
      const { roomId } = await inviteBob(kit);
      await kit.clock.advance(0);
      expect(await membershipOf(kit, roomId)).to.equal(acts ? "join" : "invite");
    });
  }

  it("case 407: configured for no worker it acts on the main process", async () => {
    await using kit = await testModule(AutoAcceptInvites);
    const { roomId } = await inviteBob(kit);
    await kit.clock.advance(0);
    expect(await membershipOf(kit, roomId)).to.equal("join");
  });
});

async function inviteFromElsewhere({ homeserver }: TestKit): Promise<void> {
  await homeserver.federation.receiveInvite({
    room_id: "!theirs:elsewhere",
    type: "m.room.member",
    sender: "@eve:elsewhere",
    state_key: BOB,
    content: { membership: "invite" },
  });
}
