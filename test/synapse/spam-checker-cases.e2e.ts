import { expect } from "chai";
import { Codes, deny, NOT_SPAM, RegistrationBehaviour, type ReadableFile, type Requester } from "#src/index.js";
import { roomPath, type Answer, type Body, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";
import { search, untilFound, UPDATED } from "./user-directory.js";

const CREATE_ROOM = "/_matrix/client/v3/createRoom";
const TOPIC = { type: "m.room.topic", state_key: "", content: { topic: "foo" } };

describe("cases of the spam checker on Synapse", () => {
  let switched: SwitchedSynapse;
  let alice: MatrixClient;
  let admin: MatrixClient;

  before(async () => {
    switched = await SwitchedSynapse.start({ user_directory: { search_all_users: false } });
    alice = await switched.user();
    admin = await switched.admin();
  });
  after(() => switched.stop());
  afterEach(hangUp);

  it("case 43 on Synapse: userMayCreateRoom receives the user and the whole request", async () => {
    const calls = when("userMayCreateRoom", () => NOT_SPAM);
    expect(await alice.ask("POST", CREATE_ROOM, { foo: "baa" })).to.have.property("status", 200);
    expect(calls).to.deep.equal([[alice.userId, { foo: "baa" }]]);
  });

  it("case 44 on Synapse: userMayCreateRoom gets the initial state", async () => {
    const calls = when("userMayCreateRoom", () => NOT_SPAM);
    await alice.createRoom({ initial_state: [TOPIC] });
    expect(calls).to.deep.equal([[alice.userId, { initial_state: [TOPIC] }]]);
  });

  it("case 45 on Synapse: an upgrade asks userMayCreateRoom with the state that is carried over", async () => {
    const room = await alice.createRoom({ topic: "foo", room_version: "10" });
    const calls = when("userMayCreateRoom", () => NOT_SPAM);
    await alice.post(`${roomPath(room)}/upgrade`, { new_version: "10" });
    expect(calls.map(([userId]) => userId)).to.deep.equal([alice.userId]);
    const [, config] = calls[0] as [string, { initial_state: { type: string; content: { topic: string } }[] }];
    const topic = config.initial_state.find(({ type }) => type === "m.room.topic");
    expect(topic).to.deep.include({ type: "m.room.topic", state_key: "" });
    expect(topic?.content.topic).to.equal("foo");
  });

  it("case 46 on Synapse: a code of userMayCreateRoom reaches the client", async () => {
    const calls = when("userMayCreateRoom", () => Codes.UNAUTHORIZED);
    expect(outcome(await alice.ask("POST", CREATE_ROOM, { foo: "baa" }))).to.deep.equal([403, "M_UNAUTHORIZED"]);
    expect(calls).to.deep.equal([[alice.userId, { foo: "baa" }]]);
  });

  it("case 47 on Synapse: userMayCreateRoom may take one parameter", async () => {
    const calls = when("second userMayCreateRoom", () => NOT_SPAM);
    await alice.createRoom({ foo: "baa" });
    expect(calls).to.deep.equal([[alice.userId]]);
  });

  for (const [number, answer, expected] of [
    [48, NOT_SPAM, [200, undefined]],
    [49, Codes.FORBIDDEN, [403, "M_FORBIDDEN"]],
  ] as const) {
    it(`case ${number} on Synapse: userMaySendStateEvent answers ${answer} to a state event`, async () => {
      const room = await alice.createRoom();
      const calls = when("userMaySendStateEvent", () => answer);
      expect(outcome(await alice.sendState(room, "test.event.type", { foo: "bar" }, "key"))).to.deep.equal(expected);
      expect(calls).to.deep.equal([[alice.userId, room, "test.event.type", "key", { foo: "bar" }]]);
    });
  }

  it("case 51 on Synapse: userMayJoinRoom isn't asked about the creator of a room", async () => {
    const calls = when("userMayJoinRoom", () => false);
    await alice.createRoom();
    expect(calls).to.deep.equal([]);
  });

  it("case 52 on Synapse: nor when it answers a code or a pair", async () => {
    for (const answer of [Codes.RESOURCE_LIMIT_EXCEEDED, [Codes.RESOURCE_LIMIT_EXCEEDED, {}]]) {
      const calls = when("userMayJoinRoom", () => answer);
      await alice.createRoom();
      expect(calls).to.deep.equal([]);
    }
  });

  for (const [number, answer, isInvited, expected] of [
    [53, true, false, [200, undefined]],
    [54, true, true, [200, undefined]],
    [55, false, false, [403, "M_FORBIDDEN"]],
    [56, NOT_SPAM, false, [200, undefined]],
    [56, NOT_SPAM, true, [200, undefined]],
    [57, Codes.RESOURCE_LIMIT_EXCEEDED, true, [403, "M_RESOURCE_LIMIT_EXCEEDED"]],
    [58, [Codes.BAD_ALIAS, { another_field: 12345 }], false, [403, "M_BAD_ALIAS", { another_field: 12345 }]],
  ] as const) {
    const who = isInvited ? "who is invited" : "without an invite";
    it(`case ${number} on Synapse: userMayJoinRoom answers ${JSON.stringify(answer)} to a user ${who}`, async () => {
      const bob = await switched.user();
      const room = await alice.createRoom({ preset: "public_chat", ...(isInvited && { invite: [bob.userId] }) });
      const calls = when("userMayJoinRoom", () => answer);
      const joined = await bob.ask("POST", `${roomPath(room)}/join`, {});
      expect(outcome(joined)).to.deep.equal(expected.slice(0, 2));
      expect(joined.body).to.include(expected[2] ?? {});
      expect(calls).to.deep.equal([[bob.userId, room, isInvited]]);
    });
  }

  for (const [number, answer, expected] of [
    [59, NOT_SPAM, [200, undefined]],
    [60, false, [200, undefined]],
    [61, "some text", [403, "M_FORBIDDEN"]],
    [62, true, [403, "M_FORBIDDEN"]],
    [63, Codes.LIMIT_EXCEEDED, [403, "M_LIMIT_EXCEEDED"]],
    [
      64,
      [Codes.SERVER_NOT_TRUSTED, { additional_field: 12345 }],
      [403, "M_SERVER_NOT_TRUSTED", { additional_field: 12345 }],
    ],
  ] as const) {
    it(`case ${number} on Synapse: checkEventForSpam answers ${JSON.stringify(answer)} to a message`, async () => {
      const room = await alice.createRoom();
      const calls = when("checkEventForSpam", () => answer);
      const sent = await alice.sendMessage(room, "hello");
      expect(outcome(sent)).to.deep.equal(expected.slice(0, 2));
      expect(sent.body).to.include(expected[2] ?? {});
      expect(calls.map(([event]) => (event as Body)["content"])).to.deep.equal([{ msgtype: "m.text", body: "hello" }]);
    });
  }

  for (const [number, answer, expected] of [
    [70, NOT_SPAM, [200, undefined]],
    [71, [Codes.LIMIT_EXCEEDED, { extra: "value" }], [403, "M_LIMIT_EXCEEDED", { extra: "value" }]],
  ] as const) {
    it(`case ${number} on Synapse: checkLoginForSpam answers ${JSON.stringify(answer)} to a login`, async () => {
      const bob = await switched.user();
      when("checkLoginForSpam", () => answer);
      const login = await switched.client.tryToLogin(bob.userId, "m.login.password", { password: "secret" });
      expect(outcome(login)).to.deep.equal(expected.slice(0, 2));
      expect(login.body).to.include(expected[2] ?? {});
    });
  }

  it("case 72 on Synapse: a denied registration fails as if there were too many", async () => {
    when("checkRegistrationForSpam", () => RegistrationBehaviour.DENY);
    expect(await switched.client.tryToRegister(switched.newName())).to.have.property("status", 429);
  });

  it("case 75 on Synapse: a registration may succeed for a user who is shadow-banned", async () => {
    when("checkRegistrationForSpam", () => RegistrationBehaviour.SHADOW_BAN);
    const banned = await switched.user();
    const calls = when("onCreateRoom", () => undefined);
    await banned.createRoom();
    await alice.createRoom();
    expect(calls.map(([requester]) => (requester as Requester).shadowBanned)).to.deep.equal([true, false]);
  });

  describe("search in the user directory", () => {
    let found: MatrixClient;

    before(async () => {
      found = await switched.client.register("findable");
      const room = await alice.createRoom({ invite: [found.userId] });
      await found.post(`${roomPath(room)}/join`);
      await switched.synapse.logged(UPDATED);
      await untilFound(alice, found, "findable");
    });

    it("case 77 on Synapse: finds users with whom the searcher shares a room", async () => {
      expect(await search(alice, "findable")).to.deep.equal([found.userId]);
    });

    it("case 78 on Synapse: checkUsernameForSpam may take one parameter", async () => {
      when("second checkUsernameForSpam", () => false);
      expect(await search(alice, "findable")).to.deep.equal([found.userId]);
      const calls = when("second checkUsernameForSpam", () => true);
      expect(await search(alice, "findable")).to.deep.equal([]);
      expect(calls).to.deep.equal([[{ user_id: found.userId, display_name: "findable", avatar_url: null }]]);
    });

    it("case 79 on Synapse: checkUsernameForSpam gets the searcher", async () => {
      when("checkUsernameForSpam", () => false);
      expect(await search(alice, "findable")).to.deep.equal([found.userId]);
      const calls = when("checkUsernameForSpam", () => true);
      expect(await search(alice, "findable")).to.deep.equal([]);
      expect(calls.map(([, requester]) => requester)).to.deep.equal([alice.userId]);
    });
  });

  it("case 83 on Synapse: checkMediaFileForSpam reads an upload, and refuses it by a code or a pair", async () => {
    when("checkMediaFileForSpam", async (file: ReadableFile) => {
      const chunks: Uint8Array[] = [];
      await file.writeChunksTo((chunk) => void chunks.push(Uint8Array.from(chunk)));
      const text = Buffer.concat(chunks).toString();
      if (text === "evil") return Codes.FORBIDDEN;
      return text === "evil pair" ? [Codes.FORBIDDEN, {}] : NOT_SPAM;
    });
    const upload = (text: string) => alice.ask("POST", "/_matrix/media/v3/upload", Buffer.from(text));
    expect((await upload("innocent")).status).to.equal(200);
    expect((await upload("evil")).status).to.equal(400);
    expect((await upload("evil pair")).status).to.equal(400);
  });

  it("case 84 on Synapse: an administrator's redactions may be rejected", async () => {
    const bob = await switched.user();
    const room = await bob.createRoom();
    const { event_id } = (await bob.sendMessage(room, "to be redacted")).body as { event_id: string };
    when("checkEventForSpam", () => "nope");
    const path = "/_synapse/admin/v1/user";
    const { redact_id } = await admin.post<{ redact_id: string }>(`${path}/${bob.userId}/redact`, { rooms: [room] });
    for (const deadline = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const state = await admin.get<{ status: string; failed_redactions: Body }>(`${path}/redact_status/${redact_id}`);
      if (state.status !== "complete" && Date.now() < deadline) continue;
      expect(state.status).to.equal("complete");
      expect(Object.keys(state.failed_redactions)).to.include(event_id);
      return;
    }
  });

  it("case 86 on Synapse: userMayCreateRoom isn't asked about an administrator", async () => {
    const calls = when("userMayCreateRoom", () => Codes.FORBIDDEN);
    await admin.createRoom();
    expect(calls).to.deep.equal([]);
  });

  it("case 87 on Synapse: userMayCreateRoom is asked when an administrator upgrades a room", async () => {
    const room = await admin.createRoom({ room_version: "10" });
    when("userMayCreateRoom", () => Codes.FORBIDDEN);
    const upgrade = await admin.ask("POST", `${roomPath(room)}/upgrade`, { new_version: "10" });
    expect(outcome(upgrade)).to.deep.equal([403, "M_FORBIDDEN"]);
  });

  it("case 88 on Synapse: userMayPublishRoom is asked when a room leaves the public list, too", async () => {
    const room = await alice.createRoom();
    const calls = when("userMayPublishRoom", () => Codes.FORBIDDEN);
    const path = `/_matrix/client/v3/directory/list/room/${encodeURIComponent(room)}`;
    expect((await alice.ask("PUT", path, { visibility: "private" })).status).to.equal(403);
    expect(calls).to.deep.equal([[alice.userId, room]]);
  });

  it("case 89 on Synapse: userMayCreateRoomAlias refuses by code and fields, and not an application service", async () => {
    const create = async (client: MatrixClient, name: string) => {
      const room_id = await client.createRoom();
      return client.ask("PUT", `/_matrix/client/v3/directory/room/%23${name}%3Asynapse.test`, { room_id });
    };
    const calls = when("userMayCreateRoomAlias", () => deny(Codes.BAD_ALIAS, { hint: "another" }));
    const refused = await create(alice, "refused");
    expect(outcome(refused)).to.deep.equal([403, "M_BAD_ALIAS"]);
    expect(refused.body).to.include({ hint: "another" });
    expect((await create(switched.service, "service")).status).to.equal(200);
    expect(calls.map(([userId, alias]) => [userId, String(alias)])).to.deep.equal([
      [alice.userId, "#refused:synapse.test"],
    ]);
  });

  it("case 92 on Synapse: userMayInvite isn't asked about an administrator", async () => {
    const room = await admin.createRoom();
    const calls = when("userMayInvite", () => Codes.FORBIDDEN);
    await admin.post(`${roomPath(room)}/invite`, { user_id: alice.userId });
    expect(calls).to.deep.equal([]);
  });
});

/** Status and code of an answer. */
function outcome({ status, body }: Answer): unknown[] {
  return [status, (body as Body)["errcode"]];
}
