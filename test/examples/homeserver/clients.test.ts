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
  let room: string;
  let transactions = 0;

  before(async () => {
    server = await startOn(MEMORY);
    alice = await server.register("alice");
    const created = await alice.ask("POST", `${V3}/createRoom`, { body: { preset: "public_chat" } });
    room = `${V3}/rooms/${encodeURIComponent(String(created.room_id))}`;
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

  it("is answered under r0 as it is under v3", async () => {
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

  it("finds the server by the address that was asked, with its port", async () => {
    expect(await alice.ask("GET", "/.well-known/matrix/client")).to.deep.equal({
      "m.homeserver": { base_url: server.url },
    });
  });

  it("is promised the versions that clients insist on, and newer features one by one", async () => {
    expect(await alice.ask("GET", "/_matrix/client/versions")).to.deep.equal({
      versions: ["r0.6.1", "v1.1", "v1.2", "v1.3", "v1.4", "v1.5"],
      unstable_features: { "org.matrix.msc3916.stable": true },
    });
  });

  it("is told of what is not there that it is unrecognized", async () => {
    const refusal = { errcode: "M_UNRECOGNIZED", error: "There is no such endpoint" };
    for (const path of [
      "/_matrix/client/v1/rooms/!r:x/hierarchy",
      `${V3}/voip/turnServer`,
      "/_matrix/client/v2/sync",
    ]) {
      expect(await answerTo(alice, "GET", path)).to.deep.equal([404, refusal]);
    }
  });

  it("lists devices with every key, also those that are not known", async () => {
    const bob = await server.register("bob");
    const deviceId = String(bob.body.device_id);
    const { devices } = await bob.ask<{ devices: JsonObject[] }>("GET", `${V3}/devices`);
    const seen = devices[0]!.last_seen_ts;
    expect(seen).to.be.a("number");
    const device = { device_id: deviceId, user_id: bob.userId, display_name: null, last_seen_ip: "127.0.0.1" };
    expect(devices).to.deep.equal([{ ...device, last_seen_ts: seen }]);
  });

  it("keeps the keys of a device for those who ask, until the device is gone", async () => {
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

  it("finds what events say of an event, by kind and type, page by page", async () => {
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
      { errcode: "M_NOT_FOUND", error: "Event $nothing does not exist, or you may not see it" },
    ]);
    expect(idsOf((await alice.ask("GET", `${v1}/threads`)).chunk)).to.deep.equal([root]);
  });

  it("gives a name to one of those who register it at one time", async () => {
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

  it("refuses an event as too large by its bytes, not by its characters", async () => {
    const send = async (count: number) => {
      const path = `${room}/send/m.room.message/${count}`;
      return (await alice.fetch("PUT", path, { body: { body: "€".repeat(count) } })).status;
    };
    expect([await send(21_000), await send(22_000)]).to.deep.equal([200, 413]);
  });
});
