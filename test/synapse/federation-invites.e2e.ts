import { resolve } from "node:path";
import { expect } from "chai";
import { FederatedSynapses, membershipIn } from "./federated-synapses.js";
import { roomPath, untilStatus, type Body, type MatrixClient } from "./matrix-client.js";
import { untilIs } from "../until.js";

const AUTO_ACCEPT = `${resolve("build/examples/auto-accept-invites/auto-accept-invites.js")}#AutoAcceptInvites`;

describe("accepting invites of other servers on Synapse", () => {
  let synapses: FederatedSynapses;

  const start = (config: object) => async () => {
    synapses = await FederatedSynapses.start([{ module: AUTO_ACCEPT, config }]);
  };
  const stop = () => synapses.stop();

  /** A room with an invite. */
  async function invite(inviter: MatrixClient, invitee: MatrixClient): Promise<string> {
    const room = await inviter.createRoom();
    await inviter.post(`${roomPath(room)}/invite`, { user_id: invitee.userId });
    return room;
  }

  describe("the example auto-accept, for invites from anyone", () => {
    before(start({}));
    after(stop);

    it("case 399 on Synapse: an invite of another server is accepted", async () => {
      const [alice, bob] = [await synapses.user(), await synapses.remoteUser()];
      const room = await invite(bob, alice);
      await untilIs("join", () => membershipIn(room, alice, bob));
    });

    it("an invite of another server to a direct chat is marked as one", async () => {
      const [alice, bob] = [await synapses.user(), await synapses.remoteUser()];
      const room = await bob.createRoom({ is_direct: true, invite: [alice.userId] });
      await untilIs("join", () => membershipIn(room, alice, bob));
      const path = `/_matrix/client/v3/user/${alice.userId}/account_data/m.direct`;
      await untilStatus(200, () => alice.ask("GET", path));
      expect(await alice.get(path)).to.deep.equal({ [bob.userId]: [room] });
    });
  });

  describe("of local users only", () => {
    before(start({ only_from_local_users: true }));
    after(stop);

    it("case 401 on Synapse: an invite of another server is left, a local one is accepted", async () => {
      const [alice, carol, bob] = [await synapses.user(), await synapses.user(), await synapses.remoteUser()];
      const remote = await invite(bob, alice);
      const local = await invite(carol, alice);
      await untilIs("join", () => membershipIn(local, alice, carol));
      expect(await membershipIn(remote, alice, bob)).to.equal("invite");
      const { rooms } = (await alice.get("/_matrix/client/v3/sync")) as { rooms: { invite: Body; join: Body } };
      expect([Object.keys(rooms.invite), Object.keys(rooms.join)]).to.deep.equal([[remote], [local]]);
    });
  });
});
