import { expect } from "chai";
import type { JsonObject } from "#src/index.js";
import type { HttpClient } from "./http-client.js";
import { startOn, type TestServer } from "./running.js";
import { MEMORY } from "./storages.js";

const V3 = "/_matrix/client/v3";
const R0 = "/_matrix/client/r0";

describe("what clients ask of the example homeserver", () => {
  let server: TestServer;
  let alice: Awaited<ReturnType<TestServer["register"]>>;
  let roomId: string;
  let room: string;
  let transactions = 0;

  before(async () => {
    server = await startOn(MEMORY);
    alice = await server.register("alice");
    const created = await alice.ask("POST", `${V3}/createRoom`, { body: { preset: "public_chat" } });
    roomId = String(created.room_id);
    room = `${V3}/rooms/${encodeURIComponent(roomId)}`;
  });

  after(() => server.stop());

  async function send(client: HttpClient, type: string, body: JsonObject): Promise<string> {
    transactions += 1;
    const { event_id: id } = await client.ask("PUT", `${room}/send/${type}/${transactions}`, { body });
    return String(id);
  }

  async function answerTo(client: HttpClient, method: string, path: string, body?: JsonObject) {
    const response = await client.fetch(method, path, { ...(body && { body }) });
    return [response.status, await response.json()];
  }

  const idsOf = (chunk: unknown) => (chunk as { event_id: string }[]).map(({ event_id: id }) => id);

  it("a client's request to the example homeserver is answered under r0 as it is under v3", async () => {
    const user = { type: "m.id.user", user: "alice" };
    const body = { type: "m.login.password", identifier: user, password: "secret", device_id: "OLD" };
    const login = await alice.ask("POST", `${R0}/login`, { body });
    expect(login).to.include({ user_id: "@alice:example.org", device_id: "OLD" });
    for (const path of [
      "/account/whoami",
      "/capabilities",
      "/pushrules/",
      "/joined_rooms",
      "/profile/@alice:example.org",
    ]) {
      expect(await answerTo(alice, "GET", R0 + path)).to.deep.equal(await answerTo(alice, "GET", V3 + path));
    }
    const media = { body: new Uint8Array([1]), headers: { "Content-Type": "text/plain" } };
    expect(await alice.ask("POST", "/_matrix/media/r0/upload", media)).to.have.property("content_uri");
  });

  it("a client's request to the example homeserver finds the server by the address that was asked, with its port", async () => {
    expect(await alice.ask("GET", "/.well-known/matrix/client")).to.deep.equal({
      "m.homeserver": { base_url: server.url },
    });
  });

  it("a client's request to the example homeserver is promised the versions that clients insist on, and newer features one by one", async () => {
    expect(await alice.ask("GET", "/_matrix/client/versions")).to.deep.equal({
      versions: ["r0.6.1", "v1.1", "v1.2", "v1.3", "v1.4"],
      unstable_features: { "org.matrix.msc2285.stable": true, "org.matrix.msc3916.stable": true },
    });
  });

  it("a client of the example homeserver learns which names are free, and why others aren't", async () => {
    const available = (username: string) => answerTo(alice, "GET", `${V3}/register/available?username=${username}`);
    expect(await available("nobody")).to.deep.equal([200, { available: true }]);
    expect(await available("ALICE")).to.deep.equal([
      400,
      { errcode: "M_INVALID_USERNAME", error: "User names may only contain the characters a-z, 0-9 and ._=-/+" },
    ]);
    expect(await available("alice")).to.deep.equal([
      400,
      { errcode: "M_USER_IN_USE", error: "The user name is taken" },
    ]);
    expect((await answerTo(alice, "GET", `${V3}/register/available`))[0]).to.equal(400);
  });

  it("a client of the example homeserver learns the aliases of a room, and that there are no other networks", async () => {
    const alias = "#hall:example.org";
    await alice.ask("PUT", `${V3}/directory/room/${encodeURIComponent(alias)}`, { body: { room_id: roomId } });
    expect(await alice.ask("GET", `${room}/aliases`)).to.deep.equal({ aliases: [alias] });
    const stranger = await server.register("stranger");
    expect((await answerTo(stranger, "GET", `${room}/aliases`))[0]).to.equal(403);
    expect(await alice.ask("GET", `${V3}/thirdparty/protocols`)).to.deep.equal({});
  });

  it("a client's request to the example homeserver is notified of what isn't there that it is unrecognized", async () => {
    const refusal = { errcode: "M_UNRECOGNIZED", error: "There is no such endpoint" };
    for (const path of [
      "/_matrix/client/v1/rooms/!r:x/hierarchy",
      `${V3}/voip/turnServer`,
      "/_matrix/client/v2/sync",
    ]) {
      expect(await answerTo(alice, "GET", path)).to.deep.equal([404, refusal]);
    }
  });

  it("the example homeserver lists a user's devices with every key, even unknown ones", async () => {
    const bob = await server.register("bob");
    const deviceId = String(bob.body.device_id);
    const { devices } = await bob.ask<{ devices: JsonObject[] }>("GET", `${V3}/devices`);
    const seen = devices[0]!.last_seen_ts;
    expect(seen).to.be.a("number");
    const device = { device_id: deviceId, user_id: bob.userId, display_name: null, last_seen_ip: "127.0.0.1" };
    expect(devices).to.deep.equal([{ ...device, last_seen_ts: seen }]);
  });

  it("the example homeserver keeps a device's keys for other users until the device is deleted", async () => {
    const bob = await server.register("carol");
    const deviceId = String(bob.body.device_id);
    const keys = { user_id: bob.userId, device_id: deviceId, algorithms: [], keys: {}, signatures: {} };
    const upload = (body: JsonObject) => bob.ask("POST", `${V3}/keys/upload`, { body });
    const one = { "signed_curve25519:AAAA": { key: "a" }, "signed_curve25519:AAAB": { key: "b" } };
    expect(await upload({ device_keys: keys, one_time_keys: one })).to.deep.equal({
      one_time_key_counts: { signed_curve25519: 2 },
    });
    expect(await upload({})).to.deep.equal({ one_time_key_counts: { signed_curve25519: 2 } });
    const query = () => alice.ask("POST", `${V3}/keys/query`, { body: { device_keys: { [bob.userId]: [] } } });
    expect(await query()).to.deep.equal({
      device_keys: { [bob.userId]: { [deviceId]: { ...keys, unsigned: {} } } },
      failures: {},
    });
    await bob.ask("POST", `${V3}/logout`);
    expect(await query()).to.deep.equal({ device_keys: { [bob.userId]: {} }, failures: {} });
  });

  it("the example homeserver hands out each one-time key once, then the fallback key", async () => {
    const bob = await server.register("ivan");
    const deviceId = String(bob.body.device_id);
    const keys = { "signed_curve25519:A": { key: "a" }, "signed_curve25519:B": { key: "b" } };
    const fallback = { "signed_curve25519:F": { key: "f", fallback: true } };
    await bob.ask("POST", `${V3}/keys/upload`, { body: { one_time_keys: keys, fallback_keys: fallback } });
    const claim = (algorithm = "signed_curve25519") =>
      alice.ask("POST", `${V3}/keys/claim`, { body: { one_time_keys: { [bob.userId]: { [deviceId]: algorithm } } } });
    const given = (key: JsonObject) => ({ one_time_keys: { [bob.userId]: { [deviceId]: key } }, failures: {} });
    const claimed = await Promise.all([claim(), claim()]);
    expect(claimed).to.have.deep.members(Object.entries(keys).map(([name, key]) => given({ [name]: key })));
    expect([await claim(), await claim()]).to.deep.equal([given(fallback), given(fallback)]);
    expect(await claim("curve25519")).to.deep.equal({ one_time_keys: {}, failures: {} });
    const { device_one_time_keys_count: counts, device_unused_fallback_key_types: types } = await sync(bob);
    expect([counts, types]).to.deep.equal([{ signed_curve25519: 0 }, ["signed_curve25519"]]);
  });

  it("the example homeserver delivers a message to a device, also to one that waits, until the device has it", async () => {
    const bob = await server.register("judy");
    const { device_id: phone } = bob.body as { device_id: string };
    const before = await sync(bob);
    const waiting = sync(bob, { since: before.next_batch, timeout: "30000" });
    const messages = { [bob.userId]: { [phone]: { n: 1 }, other: { n: 2 } }, [alice.userId]: { "*": { n: 3 } } };
    await alice.ask("PUT", `${V3}/sendToDevice/m.test/${(transactions += 1)}`, { body: { messages } });
    const event = (n: number) => ({ type: "m.test", sender: alice.userId, content: { n } });
    const received = await waiting;
    expect(received.to_device).to.deep.equal({ events: [event(1)] });
    // A client that has lost the answer asks again.
    expect((await sync(bob, { since: before.next_batch })).to_device).to.deep.equal({ events: [event(1)] });
    expect((await sync(bob, { since: received.next_batch })).to_device).to.deep.equal({ events: [] });
    expect((await sync(bob)).to_device).to.deep.equal({ events: [] });
    expect((await sync(alice)).to_device).to.deep.equal({ events: [event(3)] });
  });

  it("a sync names users with whom a room is shared and whose devices have changed", async () => {
    const bob = await server.register("kevin");
    const stranger = await server.register("mallory");
    await bob.ask("POST", `${room}/join`);
    const before = await sync(alice);
    const upload = (client: HttpClient) => client.ask("POST", `${V3}/keys/upload`, { body: { device_keys: {} } });
    await upload(stranger);
    const waiting = sync(alice, { since: before.next_batch, timeout: "30000" });
    await upload(bob);
    const after = await waiting;
    expect(after.device_lists).to.deep.equal({ changed: [bob.userId], left: [] });
    await bob.ask("POST", `${V3}/logout`);
    const end = await sync(alice, { since: after.next_batch });
    expect(end.device_lists).to.deep.equal({ changed: [bob.userId], left: [] });
    const query = { from: before.next_batch, to: after.next_batch };
    expect(await alice.ask("GET", `${V3}/keys/changes`, { query })).to.deep.equal(after.device_lists);
  });

  it("a client's request to the example homeserver finds what events say of an event, by kind and type, page by page", async () => {
    const root = await send(alice, "m.room.message", { msgtype: "m.text", body: "root" });
    const react = (key: string) =>
      send(alice, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: root, key } });
    const reactions = [await react("1"), await react("2")];
    const relates = { rel_type: "m.thread", event_id: root };
    const reply = await send(alice, "m.room.message", { msgtype: "m.text", body: "reply", "m.relates_to": relates });
    const v1 = room.replace("v3", "v1");
    const read = (path: string, query = {}) => alice.ask("GET", `${v1}/relations/${root}${path}`, { query });
    expect(idsOf((await read("")).chunk)).to.deep.equal([reply, ...reactions.toReversed()]);
    expect(idsOf((await read("/m.annotation/m.reaction", { dir: "f" })).chunk)).to.deep.equal(reactions);
    expect((await read("/m.annotation/m.room.message")).chunk).to.deep.equal([]);
    const first = await read("/m.annotation", { limit: "1" });
    const second = await read("/m.annotation", { limit: "1", from: String(first.next_batch) });
    expect([...idsOf(first.chunk), ...idsOf(second.chunk)]).to.deep.equal(reactions.toReversed());
    expect(second).to.not.have.property("next_batch");
    expect(await answerTo(alice, "GET", `${v1}/relations/$nothing`)).to.deep.equal([
      404,
      { errcode: "M_NOT_FOUND", error: "Event $nothing doesn't exist, or you may not see it" },
    ]);
    expect(idsOf((await alice.ask("GET", `${v1}/threads`)).chunk)).to.deep.equal([root]);
  });

  it("the example homeserver gives a name to only one of the clients that register it concurrently", async () => {
    const body = { username: "twin", password: "secret", auth: { type: "m.login.dummy" } };
    const ask = async () => {
      const response = await alice.fetch("POST", `${V3}/register`, { body });
      return [response.status, ((await response.json()) as JsonObject).errcode];
    };
    const answers = await Promise.all(Array.from({ length: 5 }, ask));
    expect(answers.toSorted(([one], [other]) => Number(one) - Number(other))).to.deep.equal([
      [200, undefined],
      ...Array.from({ length: 4 }, () => [400, "M_USER_IN_USE"]),
    ]);
  });

  it("a client's request to the example homeserver refuses an event as too large by its bytes, not by its characters", async () => {
    const send = async (count: number) => {
      const path = `${room}/send/m.room.message/${count}`;
      return (await alice.fetch("PUT", path, { body: { body: "€".repeat(count) } })).status;
    };
    expect([await send(21_000), await send(22_000)]).to.deep.equal([200, 413]);
  });

  type Update = {
    next_batch: string;
    to_device: object;
    device_lists: object;
    device_one_time_keys_count: object;
    device_unused_fallback_key_types: object;
    rooms: { join: Record<string, Record<string, { events: object[] }>>; leave: object };
  };

  const sync = (client: HttpClient, query: Readonly<Record<string, string>> = {}) =>
    client.ask<Update>("GET", `${V3}/sync`, { query });

  /** What a sync says of the room beside its events. */
  function ofRoom({ rooms }: Update): object[] {
    const { ephemeral, account_data: data } = rooms.join[roomId] ?? {};
    return [...(ephemeral?.events ?? []), ...(data?.events ?? [])];
  }

  it("the example homeserver shows who is typing, wakes clients that wait for it, and ends it when the time is over", async () => {
    const bob = await server.register("dave");
    await bob.ask("POST", `${room}/join`);
    const type = (body: JsonObject) => bob.ask("PUT", `${room}/typing/${encodeURIComponent(bob.userId)}`, { body });
    const before = await sync(alice);
    const waiting = sync(alice, { since: before.next_batch, timeout: "30000" });
    await type({ typing: true, timeout: 2_000 });
    const typing = await waiting;
    expect(ofRoom(typing)).to.deep.equal([{ type: "m.typing", content: { user_ids: [bob.userId] } }]);
    const over = await sync(alice, { since: typing.next_batch, timeout: "30000" });
    expect(ofRoom(over)).to.deep.equal([{ type: "m.typing", content: { user_ids: [] } }]);
    await type({ typing: true, timeout: 60_000 });
    await type({ typing: false });
    expect(ofRoom(await sync(alice, { since: over.next_batch, timeout: "30000" }))).to.deep.equal([
      { type: "m.typing", content: { user_ids: [] } },
    ]);
    const path = `${room}/typing/${encodeURIComponent(alice.userId)}`;
    expect((await answerTo(bob, "PUT", path, { typing: true }))[0]).to.equal(403);
  });

  it("a client's request to the example homeserver shows how far others have read, keeps private receipts private, and never goes back", async () => {
    const bob = await server.register("erin");
    await bob.ask("POST", `${room}/join`);
    const first = await send(alice, "m.room.message", { msgtype: "m.text", body: "first" });
    const second = await send(alice, "m.room.message", { msgtype: "m.text", body: "second" });
    const since = { since: (await sync(alice)).next_batch };
    const own = { since: (await sync(bob)).next_batch };
    const receipt = (type: string, id: string, body = {}) =>
      bob.ask("POST", `${room}/receipt/${type}/${encodeURIComponent(id)}`, { body });
    await receipt("m.read", second);
    await receipt("m.read", first);
    await receipt("m.read.private", second);
    await receipt("m.read", first, { thread_id: "main" });
    await bob.ask("POST", `${room}/read_markers`, { body: { "m.fully_read": first } });
    const row = await server.homeserver.storage.receipts.find({ userId: bob.userId as never });
    const ts = (type: string, threadId = "") => ({
      ts: row.find((one) => one.type === type && one.threadId === threadId)!.ts,
      ...(threadId && { thread_id: threadId }),
    });
    const whole = { "m.read": { [bob.userId]: ts("m.read") } };
    const threaded = { "m.read": { [bob.userId]: ts("m.read", "main") } };
    expect(ofRoom(await sync(alice, since))).to.deep.equal([
      { type: "m.receipt", content: { [second]: whole, [first]: threaded } },
    ]);
    const secret = { "m.read.private": { [bob.userId]: ts("m.read.private") } };
    expect(ofRoom(await sync(bob, own))).to.deep.equal([
      { type: "m.receipt", content: { [second]: { ...whole, ...secret }, [first]: threaded } },
      { type: "m.fully_read", content: { event_id: first } },
    ]);
    const refusal = await answerTo(bob, "POST", `${room}/receipt/m.seen/${first}`, {});
    expect(refusal).to.deep.equal([
      400,
      {
        errcode: "M_INVALID_PARAM",
        error: "m.seen is no kind of receipt; expected m.read, m.read.private or m.fully_read",
      },
    ]);
  });

  it("the example homeserver shows an event with its context, and pages that continue from there", async () => {
    const ids: string[] = [];
    for (const body of ["1", "2", "3", "4", "5"])
      ids.push(await send(alice, "m.room.message", { msgtype: "m.text", body }));
    const context = await alice.ask<Record<string, { event_id: string }[]>>("GET", `${room}/context/${ids[2]}`, {
      query: { limit: "2" },
    });
    expect((context.event as unknown as { event_id: string }).event_id).to.equal(ids[2]);
    expect(idsOf(context.events_before)).to.deep.equal([ids[1]]);
    expect(idsOf(context.events_after)).to.deep.equal([ids[3]]);
    expect((context.state as unknown as { type: string }[]).map(({ type }) => type)).to.include("m.room.create");
    const page = (dir: string, from: unknown) =>
      alice.ask("GET", `${room}/messages`, { query: { dir, from: String(from), limit: "1" } });
    expect(idsOf((await page("b", context.start)).chunk)).to.deep.equal([ids[0]]);
    expect(idsOf((await page("f", context.end)).chunk)).to.deep.equal([ids[4]]);
    const alone = await alice.ask("GET", `${room}/context/${ids[2]}`, { query: { limit: "0" } });
    expect([alone.events_before, alone.events_after]).to.deep.equal([[], []]);
    expect((await answerTo(alice, "GET", `${room}/context/$nothing`))[0]).to.equal(404);
  });

  it("a search finds what was said in the user's rooms by all of its words, newest first, page by page", async () => {
    const bob = await server.register("grace");
    const first = await send(alice, "m.room.message", { msgtype: "m.text", body: "A pangolin walks" });
    const second = await send(alice, "m.room.message", { msgtype: "m.text", body: "the Walking PANGOLIN" });
    const ask = async (client: HttpClient, term: string, more: JsonObject = {}, query = {}) => {
      const body = { search_categories: { room_events: { search_term: term, ...more } } };
      const answer = await client.ask<{ search_categories: { room_events: JsonObject } }>("POST", `${V3}/search`, {
        body,
        query,
      });
      const { results, ...others } = answer.search_categories.room_events;
      const ids = (results as { result: { event_id: string } }[]).map(({ result }) => result.event_id);
      return { ids, ...others };
    };
    const highlights = ["pangolin", "walk"];
    expect(await ask(alice, "pangolin walk")).to.deep.equal({ ids: [second, first], count: 2, highlights });
    const page = { filter: { limit: 1 } };
    expect(await ask(alice, "pangolin walk", page)).to.deep.equal({
      ids: [second],
      count: 2,
      highlights,
      next_batch: "1",
    });
    const rest = { ids: [first], count: 2, highlights };
    expect(await ask(alice, "pangolin walk", page, { next_batch: "1" })).to.deep.equal(rest);
    const none = { ids: [], count: 0, highlights: ["pangolin"] };
    expect(await ask(alice, "pangolin", { keys: ["content.name"] })).to.deep.equal(none);
    expect(await ask(bob, "pangolin")).to.deep.equal(none);
  });

  it("the example homeserver keeps a pusher until the client removes it", async () => {
    const bob = await server.register("heidi");
    const names = { app_display_name: "App", device_display_name: "Phone", lang: "en" };
    const pusher = { kind: "http", app_id: "app", pushkey: "key", data: { url: "https://push.example/" }, ...names };
    const set = (body: JsonObject) => answerTo(bob, "POST", `${V3}/pushers/set`, body);
    expect(await set(pusher)).to.deep.equal([200, {}]);
    expect(await bob.ask("GET", `${V3}/pushers`)).to.deep.equal({ pushers: [pusher] });
    expect(await set({ ...pusher, kind: "email" })).to.deep.equal([
      400,
      { errcode: "M_INVALID_PARAM", error: "This server has no pushers but those of kind http" },
    ]);
    expect(await set({ ...pusher, data: {} })).to.deep.equal([
      400,
      { errcode: "M_INVALID_PARAM", error: "data.url is not the address of a gateway" },
    ]);
    expect(await set({ app_id: "app", pushkey: "key", kind: null })).to.deep.equal([200, {}]);
    expect(await bob.ask("GET", `${V3}/pushers`)).to.deep.equal({ pushers: [] });
  });

  it("the thumbnail of an image is the image itself, and other files have none", async () => {
    const upload = async (type: string) => {
      const media = { body: new Uint8Array([1, 2]), headers: { "Content-Type": type } };
      const { content_uri: uri } = await alice.ask("POST", "/_matrix/media/v3/upload", media);
      return String(uri).replace("mxc://", "");
    };
    const size = { query: { width: "32", height: "32", method: "crop" } };
    const [image, text] = [await upload("image/png"), await upload("text/plain")];
    for (const path of ["/_matrix/media/v3/thumbnail", "/_matrix/client/v1/media/thumbnail"]) {
      const response = await alice.fetch("GET", `${path}/${image}`, size);
      expect(response.headers.get("content-type")).to.equal("image/png");
      expect(Array.from(new Uint8Array(await response.arrayBuffer()))).to.deep.equal([1, 2]);
      const refusal = { errcode: "M_UNKNOWN", error: "This server has thumbnails of images alone" };
      expect(await answerTo(alice, "GET", `${path}/${text}`)).to.deep.equal([400, refusal]);
    }
  });

  it("the example homeserver removes a tag from a room and keeps the others", async () => {
    const tags = `${V3}/user/${alice.userId}/rooms/${encodeURIComponent(roomId)}/tags`;
    await alice.ask("PUT", `${tags}/m.favourite`, { body: { order: 0.5 } });
    await alice.ask("PUT", `${tags}/u.work`, { body: {} });
    expect(await alice.ask("DELETE", `${tags}/m.favourite`)).to.deep.equal({});
    expect(await alice.ask("GET", tags)).to.deep.equal({ tags: { "u.work": {} } });
  });

  it("the example homeserver forgets a room for a user who has left it, until they join again", async () => {
    const bob = await server.register("frank");
    const left = async () =>
      Object.keys((await sync(bob, { filter: JSON.stringify({ room: { include_leave: true } }) })).rooms.leave);
    await bob.ask("POST", `${room}/join`);
    expect(await answerTo(bob, "POST", `${room}/forget`, {})).to.deep.equal([
      400,
      { errcode: "M_UNKNOWN", error: `User ${bob.userId} has not left room ${roomId}` },
    ]);
    await bob.ask("POST", `${room}/leave`);
    expect(await left()).to.deep.equal([roomId]);
    expect(await bob.ask("POST", `${room}/forget`, { body: {} })).to.deep.equal({});
    expect(await left()).to.deep.equal([]);
    expect((await answerTo(bob, "GET", `${room}/messages`))[0]).to.equal(403);
    await bob.ask("POST", `${room}/join`);
    expect((await answerTo(bob, "GET", `${room}/messages`))[0]).to.equal(200);
  });
});
