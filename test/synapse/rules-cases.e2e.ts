import { expect } from "chai";
import { Codes, MatrixError, type RoomEvent, type StateMap } from "#src/index.js";
import { roomPath, seen, type Body, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";
import { until } from "../until.js";

const ALLOWED = [true, null] as const;

describe("cases of the third-party rules on Synapse", () => {
  let switched: SwitchedSynapse;
  let alice: MatrixClient;
  let admin: MatrixClient;
  let room: string;

  before(async () => {
    switched = await SwitchedSynapse.start({ room_list_publication_rules: [{ action: "allow" }] });
    alice = await switched.user();
    admin = await switched.admin();
    room = await alice.createRoom();
  });
  after(() => switched.stop());
  afterEach(hangUp);

  const denyForbidden = (event: RoomEvent) => (event.type === "foo.bar.forbidden" ? [false, null] : ALLOWED);
  const contentOf = async (eventId: unknown) => (await alice.readEvent(room, eventId as string))["content"] as Body;

  it("case 133 on Synapse: checkEventAllowed is asked once, with the state by type and state key", async () => {
    const calls = when("checkEventAllowed", denyForbidden);
    expect((await alice.sendEvent(room, "foo.bar.allowed", {})).status).to.equal(200);
    expect(calls.length).to.equal(1);
    const [event, state] = calls[0] as [RoomEvent, StateMap<RoomEvent>];
    expect(event.type).to.equal("foo.bar.allowed");
    expect(state.get("m.room.create")?.sender).to.equal(alice.userId);
    expect(state.get("m.room.member", alice.userId)?.content).to.include({ membership: "join" });
  });

  it("case 134 on Synapse: checkEventAllowed refuses an event", async () => {
    when("checkEventAllowed", denyForbidden);
    expect((await alice.sendEvent(room, "foo.bar.forbidden", {})).status).to.equal(403);
  });

  it("case 135 on Synapse: a MatrixError of checkEventAllowed reaches the client with its fields", async () => {
    when("checkEventAllowed", () => {
      throw new MatrixError(429, "message", Codes.UNKNOWN, { fields: { extra: "field" } });
    });
    expect(seen(await alice.sendMessage(room, "hello"))).to.deep.equal({
      status: 429,
      body: { errcode: "M_UNKNOWN", error: "message", extra: "field" },
    });
  });

  it("case 136 on Synapse: an event that checkEventAllowed gets can't be assigned to", async () => {
    when("checkEventAllowed", (event: { content: unknown }) => {
      event.content = { x: "changed" };
      return ALLOWED;
    });
    expect((await alice.sendMessage(room, "hello")).status).to.equal(500);
  });

  it("case 137 on Synapse: checkEventAllowed replaces the content of an event", async () => {
    when("checkEventAllowed", (event: RoomEvent) => [true, { ...event.getDict(), content: { x: "y" } }]);
    const { event_id } = (await alice.sendEvent(room, "modifyme", { x: "x" })).body as Body;
    expect(await contentOf(event_id)).to.deep.equal({ x: "y" });
  });

  it("case 138 on Synapse: checkEventAllowed replaces a message, and its edit", async () => {
    when("checkEventAllowed", (event: RoomEvent) => {
      const dict = event.getDict();
      const { body } = dict.content as { body: string };
      return [true, { ...dict, content: { ...dict.content, body: body.toUpperCase() } }];
    });
    const first = (await alice.sendMessage(room, "Original body")).body as Body;
    const edit = await alice.sendEvent(room, "m.room.message", {
      msgtype: "m.text",
      body: "Edited body",
      "m.new_content": { msgtype: "m.text", body: "Edited body" },
      "m.relates_to": { rel_type: "m.replace", event_id: first["event_id"] },
    });
    expect(edit.status).to.equal(200);
    hangUp();
    const edited = (edit.body as Body)["event_id"];
    expect((await contentOf(first["event_id"]))["body"]).to.equal("ORIGINAL BODY");
    expect((await contentOf(edited))["body"]).to.equal("EDITED BODY");
  });

  it("case 143 on Synapse: onNewEvent is notified of a message once", async () => {
    const calls = when("onNewEvent", () => undefined);
    const { event_id } = (await alice.sendMessage(room, "news")).body as Body;
    await until(() => calls.length > 0);
    expect(calls.map(([event]) => (event as RoomEvent).eventId)).to.deep.equal([event_id]);
  });

  it("case 144 on Synapse: onNewEvent is notified of an invite, with a state that has it", async () => {
    const bob = await switched.user();
    const calls = when("onNewEvent", () => undefined);
    await alice.post(`${roomPath(room)}/invite`, { user_id: bob.userId });
    await until(() => calls.length > 0);
    const [event, state] = calls[0] as [RoomEvent, StateMap<RoomEvent>];
    expect([event.type, event.stateKey, event.content["membership"]]).to.deep.equal([
      "m.room.member",
      bob.userId,
      "invite",
    ]);
    expect(state.get("m.room.member", bob.userId)?.eventId).to.equal(event.eventId);
  });

  describe("accounts", () => {
    const profile = (user: MatrixClient, field: string) => `/_matrix/client/v3/profile/${user.userId}/${field}`;
    const account = (user: MatrixClient) => `/_synapse/admin/v2/users/${user.userId}`;
    const deactivate = (user: MatrixClient, erase: boolean) => {
      const identifier = { type: "m.id.user", user: user.userId };
      const auth = { type: "m.login.password", identifier, password: "secret" };
      return user.ask("POST", "/_matrix/client/v3/account/deactivate", { auth, erase });
    };

    it("case 146 on Synapse: onProfileUpdate is notified of a user's new name", async () => {
      const bob = await switched.user();
      const calls = when("onProfileUpdate", () => undefined);
      await bob.put(profile(bob, "displayname"), { displayname: "Bob" });
      await until(() => calls.length > 0);
      expect(calls).to.deep.equal([[bob.userId, { displayName: "Bob", avatarUrl: null }, false, false]]);
    });

    it("case 147 on Synapse: onProfileUpdate is notified of both fields when the avatar follows", async () => {
      const bob = await switched.user();
      const calls = when("onProfileUpdate", () => undefined);
      await bob.put(profile(bob, "displayname"), { displayname: "Bob" });
      await until(() => calls.length === 1);
      await bob.put(profile(bob, "avatar_url"), { avatar_url: "mxc://synapse.test/bob" });
      await until(() => calls.length === 2);
      expect(calls).to.deep.equal([
        [bob.userId, { displayName: "Bob", avatarUrl: null }, false, false],
        [bob.userId, { displayName: "Bob", avatarUrl: "mxc://synapse.test/bob" }, false, false],
      ]);
    });

    it("case 148 on Synapse: onProfileUpdate is notified of an administrator's changes", async () => {
      const bob = await switched.user();
      const calls = when("onProfileUpdate", () => undefined);
      await admin.put(account(bob), { displayname: "Bob", avatar_url: "mxc://synapse.test/bob" });
      await until(() => calls.length === 2);
      expect(calls.at(-1)).to.deep.equal([
        bob.userId,
        { displayName: "Bob", avatarUrl: "mxc://synapse.test/bob" },
        true,
        false,
      ]);
    });

    it("case 149 on Synapse: a deactivation with erasure notifies both hooks, of the user and of the profile", async () => {
      const bob = await switched.user();
      const statuses = when("onUserDeactivationStatusChanged", () => undefined);
      const profiles = when("onProfileUpdate", () => undefined);
      expect((await deactivate(bob, true)).status).to.equal(200);
      await until(() => statuses.length > 0 && profiles.length > 0);
      expect(statuses).to.deep.equal([[bob.userId, true, false]]);
      expect(profiles.map(([userId, , , deactivation]) => [userId, deactivation])).to.deep.equal([[bob.userId, true]]);
    });

    it("case 150 on Synapse: an administrator's deactivation is notified of", async () => {
      const bob = await switched.user();
      const calls = when("onUserDeactivationStatusChanged", () => undefined);
      await admin.put(account(bob), { deactivated: true });
      await until(() => calls.length > 0);
      expect(calls).to.deep.equal([[bob.userId, true, true]]);
    });

    it("case 152 on Synapse: checkCanDeactivateUser keeps a user from deactivating", async () => {
      const bob = await switched.user();
      const calls = when("checkCanDeactivateUser", () => false);
      expect((await deactivate(bob, false)).status).to.equal(403);
      expect(calls).to.deep.equal([[bob.userId, false]]);
    });

    it("case 153 on Synapse: checkCanDeactivateUser keeps an administrator from deactivating", async () => {
      const bob = await switched.user();
      const calls = when("checkCanDeactivateUser", () => false);
      expect((await admin.ask("PUT", account(bob), { deactivated: true })).status).to.equal(403);
      expect(calls).to.deep.equal([[bob.userId, true]]);
    });

    it("case 155 on Synapse: onThreepidBind is notified of an address that an administrator adds", async () => {
      const bob = await switched.user();
      const calls = when("onThreepidBind", () => undefined);
      await admin.put(account(bob), { threepids: [{ medium: "email", address: "bind@example.org" }] });
      expect(calls).to.deep.equal([[bob.userId, "email", "bind@example.org"]]);
    });

    it("case 156 on Synapse: addresses are notified of when they are added and removed", async () => {
      const bob = await switched.user();
      const added = when("onAddUserThirdPartyIdentifier", () => undefined);
      const removed = when("onRemoveUserThirdPartyIdentifier", () => undefined);
      const triple = [bob.userId, "email", "add@example.org"];
      await admin.put(account(bob), { threepids: [{ medium: "email", address: "add@example.org" }] });
      expect([added, removed]).to.deep.equal([[triple], []]);
      await admin.put(account(bob), { threepids: [] });
      expect([added, removed]).to.deep.equal([[triple], [triple]]);
    });

    it("case 157 on Synapse: deactivation removes addresses", async () => {
      const bob = await switched.user();
      const removed = when("onRemoveUserThirdPartyIdentifier", () => undefined);
      await admin.put(account(bob), { threepids: [{ medium: "email", address: "gone@example.org" }] });
      expect(removed).to.deep.equal([]);
      await admin.put(account(bob), { deactivated: true });
      expect(removed).to.deep.equal([[bob.userId, "email", "gone@example.org"]]);
    });

    it("case 162 on Synapse: onProfileUpdate isn't notified of a deactivation without erasure", async () => {
      const bob = await switched.user();
      const statuses = when("onUserDeactivationStatusChanged", () => undefined);
      const profiles = when("onProfileUpdate", () => undefined);
      expect((await deactivate(bob, false)).status).to.equal(200);
      await until(() => statuses.length > 0);
      expect(profiles).to.deep.equal([]);
    });
  });

  it("case 154 on Synapse: checkCanShutdownRoom keeps an administrator from deleting a room", async () => {
    const calls = when("checkCanShutdownRoom", () => false);
    const path = `/_synapse/admin/v2/rooms/${encodeURIComponent(room)}`;
    expect((await admin.ask("DELETE", path, {})).status).to.equal(403);
    expect(calls).to.deep.equal([[admin.userId, room]]);
  });

  it("case 158 on Synapse: a module behind a replacement isn't asked", async () => {
    when("checkEventAllowed", (event: RoomEvent) => [true, { ...event.getDict(), content: { replaced: true } }]);
    const second = when("second checkEventAllowed", () => [false, null]);
    const { event_id } = (await alice.sendEvent(room, "org.example.x", {})).body as Body;
    expect(await contentOf(event_id)).to.deep.equal({ replaced: true });
    expect(second).to.deep.equal([]);
  });

  for (const changed of [{ room_id: "!other:synapse.test" }, { type: "other" }, { state_key: "" }]) {
    it(`case 159 on Synapse: a replacement may not change ${Object.keys(changed)[0]}`, async () => {
      when("checkEventAllowed", (event: RoomEvent) => [true, { ...event.getDict(), ...changed }]);
      expect((await alice.sendMessage(room, "hello")).status).to.equal(500);
    });
  }

  it("case 160 on Synapse: checkVisibilityCanBeModified is asked when a room becomes public", async () => {
    const calls = when("checkVisibilityCanBeModified", () => false);
    const path = `/_matrix/client/v3/directory/list/room/${encodeURIComponent(room)}`;
    expect((await alice.ask("PUT", path, { visibility: "public" })).status).to.equal(403);
    expect((await alice.ask("PUT", path, { visibility: "private" })).status).to.equal(200);
    expect(calls.map(([roomId, , visibility]) => [roomId, visibility])).to.deep.equal([[room, "public"]]);
  });

  it("case 161 on Synapse: checkVisibilityCanBeModified is asked about a new private room, too", async () => {
    const calls = when("checkVisibilityCanBeModified", () => false);
    const created = await alice.ask("POST", "/_matrix/client/v3/createRoom", { visibility: "private" });
    expect(created.status).to.equal(403);
    expect(calls.map(([, , visibility]) => visibility)).to.deep.equal(["private"]);
  });
});
