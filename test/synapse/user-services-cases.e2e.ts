import { expect } from "chai";
import { setTimeout } from "node:timers/promises";
import { ParsedUserId, type UserId } from "#src/index.js";
import type { MatrixClient } from "./matrix-client.js";
import { services } from "./service-board.js";
import { SwitchedSynapse } from "./switched-synapse.js";

const NOBODY = "@nobody:synapse.test";

describe("cases of services for users on Synapse", () => {
  let switched: SwitchedSynapse;

  before(async () => {
    switched = await SwitchedSynapse.start();
  });
  after(() => switched.stop());

  it("case 311 on Synapse: register creates an account with a name and a verified address, and a token", async () => {
    const { registration, users, profiles } = services();
    const start = Date.now();
    // oxlint-disable-next-line typescript/no-deprecated -- that it still works is what is tested
    const bob = await registration.register("bob", { displayname: "Bobberino", emails: ["bob@bobinator.bob"] });
    expect(bob.userId).to.equal("@bob:synapse.test");
    const client = switched.client.of(bob.userId, bob.accessToken);
    expect(await client.get("/_matrix/client/v3/account/whoami")).to.include({ user_id: bob.userId });
    expect(await users.checkUserExists(bob.userId)).to.equal(bob.userId);
    const [address, ...others] = await users.getThreepidsForUser(bob.userId);
    expect(address).to.include({ medium: "email", address: "bob@bobinator.bob" });
    for (const time of [address!.validatedAt, address!.addedAt]) expect(time).to.be.within(start, Date.now());
    expect(others).to.deep.equal([]);
    expect((await profiles.getProfileForUser("bob")).displayName).to.equal("Bobberino");
  });

  it("case 312 on Synapse: getUserInfoById shows who is an administrator", async () => {
    const { userId } = await switched.admin();
    expect(await services().users.getUserInfoById(userId as UserId)).to.include({ userId, isAdmin: true });
  });

  it("case 313 on Synapse: setUserAdmin makes an ordinary user an administrator", async () => {
    const { users } = services();
    const userId = (await switched.user()).userId as UserId;
    expect(await users.getUserInfoById(userId)).to.include({ userId, isAdmin: false });
    await users.setUserAdmin(userId, true);
    expect(await users.getUserInfoById(userId)).to.include({ userId, isAdmin: true });
  });

  it("case 314 on Synapse: setDisplayname tolerates its old third argument (differs: the bridge leaves it out, so Synapse logs nothing)", async () => {
    const { profiles } = services();
    const user = await switched.user();
    const parsed = ParsedUserId.fromString(user.userId);
    await profiles.setDisplayname(parsed, "Bob", false);
    expect(await profiles.getProfileForUser(parsed.localpart)).to.deep.equal({ displayName: "Bob", avatarUrl: null });
  });

  it("case 316 on Synapse: getUserInfoById returns null for an unknown user", async () => {
    expect(await services().users.getUserInfoById(NOBODY)).to.equal(null);
  });

  it("case 317 on Synapse: a new user has no connections", async () => {
    const userId = await services().registration.registerUser(switched.newName());
    expect(await services().users.getUserIpAndAgents(userId)).to.deep.equal([]);
  });

  describe("connections", () => {
    let userId: UserId;
    let devices: MatrixClient[];

    beforeEach(async () => {
      const { registration } = services();
      userId = await registration.registerUser(switched.newName());
      const device = async () => switched.client.of(userId, (await registration.registerDevice(userId)).accessToken);
      devices = [await device(), await device()];
    });

    /** A request of one of the user's devices by a program. */
    async function connect(device: number, agent: string): Promise<void> {
      const { url, accessToken } = devices[device]!;
      const headers = { authorization: `Bearer ${accessToken}`, "user-agent": agent };
      expect((await fetch(`${url}/_matrix/client/v3/account/whoami`, { headers })).status).to.equal(200);
    }

    /** Those since a time, the oldest first. */
    async function connections(since?: number) {
      const found = await services().users.getUserIpAndAgents(userId, since);
      return [...found].sort((a, b) => a.lastSeen - b.lastSeen);
    }

    it("case 318 on Synapse: getUserIpAndAgents returns an entry for each connection", async () => {
      const start = Date.now();
      await connect(0, "agent 1");
      const seen = await connections();
      expect(seen.map(({ ip, userAgent }) => [ip, userAgent])).to.deep.equal([["127.0.0.1", "agent 1"]]);
      await setTimeout(5);
      await connect(1, "agent 2");
      const both = await connections();
      expect(both.map(({ ip, userAgent }) => [ip, userAgent])).to.deep.equal([
        ["127.0.0.1", "agent 1"],
        ["127.0.0.1", "agent 2"],
      ]);
      expect(both[0]).to.deep.equal(seen[0]);
      for (const { lastSeen } of both) expect(lastSeen).to.be.within(start, Date.now());
    });

    it("case 319 on Synapse: getUserIpAndAgents leaves out connections that were last seen before a time", async () => {
      await connect(0, "agent 1");
      await setTimeout(5);
      const middle = Date.now();
      await setTimeout(5);
      await connect(1, "agent 2");
      expect((await connections(middle)).map(({ userAgent }) => userAgent)).to.deep.equal(["agent 2"]);
      expect(await connections(Date.now() + 1000)).to.deep.equal([]);
    });
  });
});
