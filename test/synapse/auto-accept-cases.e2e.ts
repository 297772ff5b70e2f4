import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { Codes, NOT_SPAM, type RoomEvent } from "#src/index.js";
import { roomPath, untilStatus, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";

const MODULE = `${resolve("build/examples/auto-accept-invites/auto-accept-invites.js")}#AutoAcceptInvites`;

describe("cases of accepting invites on Synapse", () => {
  let switched: SwitchedSynapse;
  let alice: MatrixClient;
  let bob: MatrixClient;

  /** Tests beside a Synapse whose module is configured so. */
  function configured(title: string, entry: object, tests: () => void): void {
    describe(title, () => {
      before(async () => {
        switched = await SwitchedSynapse.start({}, { further: [{ module: MODULE, ...entry }] });
        alice = await switched.user();
      });
      beforeEach(async () => {
        bob = await switched.user();
      });
      afterEach(hangUp);
      after(() => switched.stop());
      tests();
    });
  }

  const roomFor = (invitee: string) => alice.createRoom({ invite: [invitee] });
  const chatWith = (invitee: string) => alice.createRoom({ invite: [invitee], is_direct: true });

  async function membershipOf(userId: string, room: string): Promise<unknown> {
    return (await alice.get(`${roomPath(room)}/state/m.room.member/${userId}`))["membership"];
  }

  async function hasJoined(userId: string, room: string): Promise<void> {
    for (const deadline = Date.now() + 60_000; (await membershipOf(userId, room)) !== "join"; await setTimeout(20)) {
      if (Date.now() > deadline) throw new Error(`${userId} did not join`);
    }
  }

  /** What the module notes after the join. */
  async function directChats(user: MatrixClient): Promise<unknown> {
    const path = `/_matrix/client/v3/user/${user.userId}/account_data/m.direct`;
    await untilStatus(200, () => user.ask("GET", path));
    return user.get(path);
  }

  configured("by default", {}, () => {
    it("case 397 on Synapse: a local invite is accepted, to a direct chat as to another room", async () => {
      const [room, chat] = [await roomFor(bob.userId), await chatWith(bob.userId)];
      await hasJoined(bob.userId, room);
      await hasJoined(bob.userId, chat);
      const { rooms } = await bob.get<{ rooms: { join: object } }>("/_matrix/client/v3/sync");
      expect(rooms.join).to.have.all.keys(room, chat);
      expect(await directChats(bob)).to.deep.equal({ [alice.userId]: [chat] });
    });

    it("case 403 on Synapse: a join that is refused twice succeeds at the third attempt", async () => {
      let refusals = 2;
      const joins = when("userMayJoinRoom", () => (refusals-- > 0 ? Codes.FORBIDDEN : NOT_SPAM));
      const room = await roomFor(bob.userId);
      await hasJoined(bob.userId, room);
      expect(joins).to.deep.equal(Array(3).fill([bob.userId, room, true]));
    });

    for (const [state, bring] of [
      ["missing", undefined],
      ["deactivated", (admin: MatrixClient, user: string) => admin.post(`/_synapse/admin/v1/deactivate/${user}`)],
      [
        "suspended",
        (admin: MatrixClient, user: string) => admin.put(`/_synapse/admin/v1/suspend/${user}`, { suspend: true }),
      ],
      [
        "locked",
        (admin: MatrixClient, user: string) => admin.put(`/_synapse/admin/v2/users/${user}`, { locked: true }),
      ],
    ] as const) {
      it(`case 402 on Synapse: an invite of a user who is ${state} is ignored`, async () => {
        const ignored = bring ? (await switched.user()).userId : `@${switched.newName("nobody")}:synapse.test`;
        await bring?.(await switched.admin(), ignored);
        const joins = when("userMayJoinRoom", () => NOT_SPAM);
        const room = await roomFor(ignored);
        // The module is notified of invites in order: the next invited user joins after it has looked at this one.
        await hasJoined(bob.userId, await roomFor(bob.userId));
        expect(await membershipOf(ignored, room)).to.equal("invite");
        expect(joins.map(([userId]) => userId)).to.deep.equal([bob.userId]);
      });
    }
  });

  configured("for direct chats alone", { config: { only_for_direct_messages: true } }, () => {
    it("case 400 on Synapse: direct-only accepts invites to direct chats and no others", async () => {
      const room = await roomFor(bob.userId);
      const chat = await chatWith(bob.userId);
      await hasJoined(bob.userId, chat);
      expect(await directChats(bob)).to.deep.equal({ [alice.userId]: [chat] });
      expect(await membershipOf(bob.userId, room)).to.equal("invite");
    });
  });

  configured("of local users alone", { config: { only_from_local_users: true } }, () => {
    it("case 401 on Synapse: local-senders-only accepts invites of local users", async () => {
      await hasJoined(bob.userId, await roomFor(bob.userId));
    });
  });

  configured("not at all", { enabled: false }, () => {
    it("case 398 on Synapse: a module that isn't enabled accepts nothing", async () => {
      const told = new Promise<void>((resolve) => {
        when("onNewEvent", (event: RoomEvent) => event.membership === "invite" && resolve());
      });
      const room = await roomFor(bob.userId);
      await told;
      await hasJoined(alice.userId, await alice.createRoom());
      expect(await membershipOf(bob.userId, room)).to.equal("invite");
    });
  });
});
