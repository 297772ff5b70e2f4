import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { Mailbox } from "./mailbox.js";
import { seen, type Body, type MatrixClient } from "./matrix-client.js";

describe("services and web resources of a real Synapse", () => {
  let bridged: BridgedSynapse;
  let alice: MatrixClient;
  let room: string;
  let mailbox: Mailbox;
  let gateway: Server;
  const pushes: Body[] = [];

  before(async () => {
    bridged = await BridgedSynapse.create();
    mailbox = await Mailbox.open();
    gateway = createServer((request, response) => {
      let text = "";
      request.on("data", (data: Buffer) => (text += data.toString()));
      request.on("end", () => {
        pushes.push(JSON.parse(text) as Body);
        response.setHeader("content-type", "application/json").end('{"rejected":[]}');
      });
    });
    await new Promise<void>((resolve) => void gateway.listen(0, "127.0.0.1", resolve));
    await bridged.start(
      [
        { module: `${modulesOf("serving-modules")}#ServiceCaller` },
        bridged.recording(`${modulesOf("watching-modules")}#Watcher`),
      ],
      { call_timeout: 30 },
      {
        email: mailbox.setting,
        ip_range_whitelist: ["127.0.0.1"],
      },
    );
    alice = await bridged.client.register("alice");
    room = await alice.createRoom({ name: "a room", room_alias_name: "a-room" });
  });

  after(async () => {
    mailbox.close();
    gateway.close();
    await bridged.stop();
  });

  /** What a service method gave to a module. */
  async function call(name: string, ...args: unknown[]): Promise<unknown> {
    const [service, method] = name.split(".");
    const answer = await bridged.client.ask("POST", "/_synapse/client/call", { service, method, args });
    const { result, ...rest } = answer.body as { result?: unknown };
    return answer.status === 200 && Object.keys(rest).length === 0 ? result : { status: answer.status, ...rest };
  }

  describe("users", () => {
    it("Users on Synapse reads accounts", async () => {
      const { creationTs, ...info } = (await call("Users.getUserInfoById", alice.userId)) as Body;
      expect(creationTs).to.be.closeTo(Date.now() / 1000, 300);
      expect(info).to.deep.equal({
        userId: "@alice:synapse.test",
        appServiceId: null,
        consentServerNoticeSent: null,
        consentVersion: null,
        consentTs: null,
        userType: null,
        isAdmin: false,
        isDeactivated: false,
        isGuest: false,
        isShadowBanned: false,
        approved: true,
        locked: false,
        suspended: false,
      });
      expect(await call("Users.getUserInfoById", "@nobody:synapse.test")).to.equal(null);
      expect(await call("Users.checkUserExists", "@ALICE:synapse.test")).to.equal(alice.userId);
    });

    it("case 466 on Synapse: Users on Synapse makes administrators", async () => {
      await call("Registration.registerUser", "boss");
      await call("Users.setUserAdmin", "@boss:synapse.test", true);
      expect(await call("Users.isUserAdmin", "@boss:synapse.test")).to.equal(true);
      expect(await call("Users.setUserAdmin", "@nobody:synapse.test", true)).to.deep.include({ status: 404 });
    });

    it("Users on Synapse returns addresses, connections and associations", async () => {
      await call("Registration.registerUser", "mailed", { displayname: "Mailed", emails: ["a@example.org"] });
      const [threepid] = (await call("Users.getThreepidsForUser", "@mailed:synapse.test")) as [Body];
      expect(threepid).to.include({ medium: "email", address: "a@example.org" });
      expect(threepid["addedAt"]).to.be.a("number");
      await call("Users.storeRemote3pidAssociation", alice.userId, "email", "b@example.org", "id.example.org");
      const seenAt = (await call("Users.getUserIpAndAgents", alice.userId)) as Body[];
      expect(seenAt).to.be.an("array");
      expect(await call("Users.getMonthlyActiveUsersByService")).to.be.an("array");
    });
  });

  it("case 472 on Synapse: services and web resources of a real Synapse reads and changes profiles", async () => {
    await call("Profiles.setDisplayname", alice.userId, " Alice ");
    expect(await call("Profiles.getProfileForUser", "alice")).to.deep.equal({ displayName: "Alice", avatarUrl: null });
  });

  it("case 474 on Synapse: services and web resources of a real Synapse registers accounts and devices", async () => {
    expect(await call("Registration.checkUsername", "free")).to.equal(null);
    expect(await call("Registration.checkUsername", "alice")).to.deep.include({
      status: 400,
      errcode: "M_USER_IN_USE",
    });
    expect(await call("Registration.registerUser", "made", { displayname: "Made", admin: true })).to.equal(
      "@made:synapse.test",
    );
    const device = (await call("Registration.registerDevice", "@made:synapse.test", { deviceId: "DEV" })) as Body;
    expect(device).to.include({ deviceId: "DEV", validUntilMs: null, refreshToken: null });
    const made = await call("Registration.register", "old-way");
    expect(made).to.include({ userId: "@old-way:synapse.test" });
    await call("Registration.recordUserExternalId", "idp", "remote", "@made:synapse.test");
  });

  it("case 476 on Synapse: services and web resources of a real Synapse create login tokens that log in", async () => {
    const token = await call("Auth.createLoginToken", alice.userId, { durationMs: 60_000 });
    const answer = await bridged.client.ask("POST", "/_matrix/client/v3/login", { type: "m.login.token", token });
    expect(answer.body).to.include({ user_id: alice.userId });
  });

  it("case 477 on Synapse: services and web resources of a real Synapse says that Synapse can't invalidate access tokens for modules (differs: Synapse's own method fails, so the service isn't supported)", async () => {
    expect(await call("Auth.invalidateAccessToken", alice.accessToken)).to.deep.include({
      code: "LIGAND_NOT_SUPPORTED",
    });
  });

  describe("rooms", () => {
    it("Rooms on Synapse reads state, all of it and some of it", async () => {
      const all = (await call("Rooms.getRoomState", room)) as [string, string, Body][];
      const some = (await call("Rooms.getRoomState", room, [["m.room.member", null]])) as [string, string, Body][];
      expect(all.map(([type]) => type)).to.include.members(["m.room.create", "m.room.name", "m.room.power_levels"]);
      expect(some.map(([type, key]) => [type, key])).to.deep.equal([["m.room.member", alice.userId]]);
      const events = (await call("Rooms.getStateEventsInRoom", room, [["m.room.name", ""]])) as Body[];
      expect(events.map(({ content }) => content)).to.deep.equal([{ name: "a room" }]);
      expect(await call("Rooms.getStateEventsInRoom", room, [])).to.deep.equal([]);
    });

    it("case 483 on Synapse: Rooms on Synapse creates rooms, changes memberships, sends events", async () => {
      const { roomId } = (await call("Rooms.createRoom", alice.userId, { name: "by a module" })) as { roomId: string };
      const invite = await call("Rooms.updateRoomMembership", alice.userId, "@made:synapse.test", roomId, "invite", {
        content: { reason: "why" },
      });
      expect(invite).to.deep.include({ type: "m.room.member", state_key: "@made:synapse.test" });
      const sent = await call("Rooms.createAndSendEventIntoRoom", {
        type: "m.room.message",
        room_id: roomId,
        sender: alice.userId,
        content: { msgtype: "m.text", body: "x" },
      });
      expect(sent).to.deep.include({ content: { msgtype: "m.text", body: "x" }, sender: alice.userId });
      expect(await call("Rooms.createAndSendEventIntoRoom", { type: "x" })).to.deep.include({
        code: "LIGAND_ARGUMENT_INVALID",
      });
      expect(await call("Rooms.createRoom", "@a:elsewhere.example", {})).to.deep.include({
        code: "LIGAND_ARGUMENT_INVALID",
      });
      await call("Rooms.deleteRoom", roomId);
    });

    it("case 485 on Synapse: Rooms on Synapse resolves aliases", async () => {
      expect(await call("Rooms.getCanonicalRoomAlias", room)).to.equal("#a-room:synapse.test");
      expect(await call("Rooms.lookupRoomAlias", "#a-room:synapse.test")).to.deep.equal({
        roomId: room,
        hosts: ["synapse.test"],
      });
      expect(await call("Rooms.lookupRoomAlias", "#none:synapse.test")).to.deep.include({
        status: 404,
        errcode: "M_NOT_FOUND",
      });
    });
  });

  it("case 495 on Synapse: services and web resources of a real Synapse keeps account data", async () => {
    expect(await call("AccountDataStore.getGlobal", alice.userId, "org.example")).to.equal(null);
    await call("AccountDataStore.putGlobal", alice.userId, "org.example", { deep: { list: [1, null] } });
    expect(await call("AccountDataStore.getGlobal", alice.userId, "org.example")).to.deep.equal({
      deep: { list: [1, null] },
    });
    expect(await call("AccountDataStore.getGlobal", "@a:elsewhere.example", "x")).to.deep.include({
      code: "LIGAND_ARGUMENT_INVALID",
    });
  });

  it("case 487 on Synapse: services and web resources of a real Synapse sets presence, with what users say of themselves", async () => {
    const presence = () => alice.get(`/_matrix/client/v3/presence/${alice.userId}/status`);
    const set = (state: string, statusMsg: string | null) =>
      call("Presence.setPresenceForUsers", { entries: [[alice.userId, { state, statusMsg }]] });
    await set("online", "lunch");
    expect(await presence()).to.include({ presence: "online", status_msg: "lunch" });
    // This version of Synapse writes the receivers' own presence anew for it, without what they say of themselves.
    await call("Presence.sendLocalOnlinePresenceTo", [alice.userId]);
    expect(await presence())
      .to.include({ presence: "online" })
      .and.not.have.property("status_msg");
    await set("unavailable", "asleep");
    expect(await presence()).to.include({ presence: "unavailable", status_msg: "asleep" });
    await set("online", null);
    expect(await presence())
      .to.include({ presence: "online" })
      .and.not.have.property("status_msg");
  });

  it("case 489 on Synapse: services and web resources of a real Synapse changes push rules", async () => {
    await call("PushRules.setPushRuleAction", alice.userId, "global", "underride", ".m.rule.message", ["notify"]);
    const rule = await alice.get("/_matrix/client/v3/pushrules/global/underride/.m.rule.message");
    expect(rule).to.deep.include({ actions: ["notify"] });
    for (const [kind, rule, actions] of [
      ["underride", ".none", ["notify"]],
      ["nothing", ".m.rule.message", ["notify"]],
      ["underride", ".m.rule.message", ["dance"]],
    ]) {
      expect(await call("PushRules.setPushRuleAction", alice.userId, "global", kind, rule, actions)).to.deep.include({
        code: "LIGAND_ARGUMENT_INVALID",
      });
    }
  });

  it("case 488 on Synapse: services and web resources of a real Synapse pushes to the gateways of clients", async () => {
    const { port } = gateway.address() as AddressInfo;
    await alice.setPusher(`http://127.0.0.1:${port}/_matrix/push/v1/notify`);
    const delivered = (await call("Pushers.sendHttpPushNotification", alice.userId, null, { body: "hi" })) as Body;
    expect(Object.values(delivered)).to.deep.equal([true]);
    expect(pushes.map(({ notification }) => (notification as Body)["body"])).to.deep.equal(["hi"]);
  });

  it("case 491 on Synapse: services and web resources of a real Synapse sends mail", async () => {
    await call("Mailer.sendMail", "Bob <bob@example.org>", "A subject", "<p>html</p>", "text");
    expect(mailbox.mails).to.have.length(1);
    expect(mailbox.mails[0]).to.include("A subject").and.include("bob@example.org");
  });

  describe("web resources", () => {
    it("case 478 on Synapse: web resources on Synapse know the requester, and answer with status, headers and cookies", async () => {
      const { status, body, headers } = await alice.ask("GET", "/_synapse/client/whoami");
      expect({ status, body }).to.deep.equal({
        status: 201,
        body: { user: alice.userId, hasDevice: true, isGuest: false },
      });
      expect(headers.getSetCookie()).to.deep.equal(["a=1; Path=/", "b=2; Path=/"]);
      expect(headers.get("x-example")).to.equal("yes");
      const stranger = await bridged.client.ask("GET", "/_synapse/client/whoami");
      expect([stranger.status, (stranger.body as Body)["errcode"]]).to.deep.equal([401, "M_MISSING_TOKEN"]);
    });

    it("web resources on Synapse get path, query, method and body", async () => {
      const { status, body, headers } = await bridged.client.ask("PUT", "/_synapse/client/echo/below?a=%2F", {
        long: "x".repeat(100_000),
      });
      expect([status, headers.get("x-path"), headers.get("x-method")]).to.deep.equal([
        200,
        "/_synapse/client/echo/below?a=%2F",
        "PUT",
      ]);
      expect(body).to.deep.equal({ long: "x".repeat(100_000) });
    });

    it("case 504 on Synapse: web resources on Synapse answer with errors as Matrix has them", async () => {
      expect(seen(await bridged.client.ask("GET", "/_synapse/client/echo?fail"))).to.deep.equal({
        status: 402,
        body: { errcode: "M_LIMIT_EXCEEDED", error: "pay", price: 3 },
      });
      expect(seen(await bridged.client.ask("GET", "/_synapse/client/echo?never"))).to.deep.equal({
        status: 504,
        body: { errcode: "M_UNKNOWN", error: "This took too long" },
      });
    });

    it("case 479 on Synapse: web resources on Synapse end a single sign-on", async () => {
      const { status, headers, body } = await bridged.client.ask("GET", `/_synapse/client/sso?user=${alice.userId}`);
      expect(status).to.equal(200);
      expect(headers.get("content-type")).to.match(/^text\/html/);
      expect(body).to.include("loginToken=");
    });

    it("web resources on Synapse is asked by an administrator when an account expires", async () => {
      const boss = (await call("Registration.registerDevice", "@boss:synapse.test")) as { accessToken: string };
      const answer = await fetch(`${bridged.synapse.url}/_synapse/admin/v1/account_validity/validity`, {
        method: "POST",
        headers: { authorization: `Bearer ${boss.accessToken}` },
        body: JSON.stringify({ user_id: alice.userId, expiration_ts: 1234 }),
      });
      expect([answer.status, await answer.json()]).to.deep.equal([200, { expiration_ts: 1234 }]);
      expect(await bridged.recorded("onLegacyAdminRequest")).to.deep.equal([
        [alice.userId, "/_synapse/admin/v1/account_validity/validity"],
      ]);
    });
  });
});
