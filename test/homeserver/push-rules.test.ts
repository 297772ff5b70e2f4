import { expect } from "chai";
import type { JsonObject, PushRuleAction, PushRuleKind, RoomId, UserId } from "#src/index.js";
import { testModules, userId, type TestKit, type TestUser } from "#src/testing.js";

const BOB = userId("bob");
const GATEWAY = "https://push.example/";
const SOUND = { sound: "default" };

describe("push rules of the in-memory homeserver", () => {
  let kit: TestKit;
  let alice: TestUser;
  let bob: TestUser;
  let room: RoomId;

  beforeEach(async () => {
    kit = await testModules([]);
    kit.http.on("POST", GATEWAY, { rejected: [] });
    alice = await kit.homeserver.user("alice");
    bob = await kit.homeserver.user("bob", { displayname: "Robert" });
    room = await alice.createRoom({ preset: "public_chat" });
    await bob.join(room);
    await (await kit.homeserver.user("carol")).join(room);
    const pusher = { appId: "app", pushKeyTs: 0, data: {}, url: GATEWAY, deviceId: "PHONE", pushKey: "key" };
    await kit.homeserver.storage.pushers.put({ ...pusher, userId: BOB });
  });

  afterEach(() => kit.stop());

  /** The tweaks of the notification that what is done brings to bob; undefined for none. */
  async function tweaksOf(act: () => Promise<unknown>): Promise<unknown> {
    const before = kit.http.requests.length;
    await act();
    const bodies = kit.http.requests.slice(before).map(({ body }) => JSON.parse(body as string) as Notified);
    return bodies.at(0)?.notification.devices[0]?.tweaks;
  }

  const say = (content: JsonObject) => () => alice.send(room, "m.room.message", { msgtype: "m.text", ...content });

  async function set(kind: PushRuleKind, ruleId: string, ...actions: PushRuleAction[]): Promise<void> {
    await kit.homeserver.services.pushRules.setPushRuleAction(BOB, "global", kind, ruleId, actions);
  }

  it("case 490: push rules of the in-memory homeserver keep a message from being pushed that a module has silenced", async () => {
    expect(await tweaksOf(say({ body: "hi" }))).to.deep.equal({});
    await set("underride", ".m.rule.message", "dont_notify");
    expect(await tweaksOf(say({ body: "hi" }))).to.equal(undefined);
    await set("underride", ".m.rule.message", "notify", { set_tweak: "sound", value: "ping" }, { set_tweak: "loud" });
    expect(await tweaksOf(say({ body: "hi" }))).to.deep.equal({ sound: "ping", loud: true });
  });

  const highlighted = { ...SOUND, highlight: true };
  const cases: [string, JsonObject, unknown][] = [
    ["a notice", { msgtype: "m.notice", body: "Robert" }, undefined],
    ["an edit", { body: "hi", "m.relates_to": { rel_type: "m.replace", event_id: "$e" } }, undefined],
    ["a mention", { body: "hi", "m.mentions": { user_ids: [BOB] } }, highlighted],
    ["a mention of another user", { body: "hi Robert", "m.mentions": { user_ids: [userId("carol")] } }, {}],
    ["a mention of the room", { body: "hi", "m.mentions": { room: true } }, { highlight: true }],
    ["the name of the user in the room", { body: "hi, robert!" }, highlighted],
    ["the user's localpart", { body: "BOB: hi" }, highlighted],
    ["a word that only contains it", { body: "bobbing and xbob" }, {}],
    ["the whole room, by its name", { body: "hi @room" }, { highlight: true }],
  ];
  for (const [what, content, tweaks] of cases) {
    it(`push rules of the in-memory homeserver have their say about ${what}`, async () => {
      expect(await tweaksOf(say(content))).to.deep.equal(tweaks);
    });
  }

  it("push rules of the in-memory homeserver have their say about what is no message", async () => {
    expect(await tweaksOf(() => alice.send(room, "m.reaction", {}))).to.equal(undefined);
    expect(await tweaksOf(() => alice.send(room, "m.room.encrypted", {}))).to.deep.equal({});
    expect(await tweaksOf(() => alice.send(room, "m.call.invite", {}))).to.deep.equal({ sound: "ring" });
    expect(await tweaksOf(() => alice.send(room, "org.example.other", {}))).to.equal(undefined);
    expect(await tweaksOf(() => alice.sendState(room, "m.room.topic", { topic: "Tea" }))).to.equal(undefined);
    const tombstone = { body: "moved", replacement_room: room };
    expect(await tweaksOf(() => alice.sendState(room, "m.room.tombstone", tombstone))).to.deep.equal({
      highlight: true,
    });
  });

  it("push rules of the in-memory homeserver tell a room of two from others, and who is invited", async () => {
    const direct = await alice.createRoom();
    expect(await tweaksOf(() => alice.invite(direct, BOB))).to.deep.equal(SOUND);
    expect(await tweaksOf(() => alice.sendText(direct, "hi"))).to.equal(undefined);
    await bob.join(direct);
    expect(await tweaksOf(() => alice.sendText(direct, "hi"))).to.deep.equal(SOUND);
    expect(await tweaksOf(() => bob.sendText(direct, "hi"))).to.equal(undefined);
  });

  it("push rules of the in-memory homeserver let only users with the power mention the room", async () => {
    const carol = await kit.homeserver.user("carol2");
    await carol.join(room);
    const content = { msgtype: "m.text", body: "hi", "m.mentions": { room: true } };
    expect(await tweaksOf(() => carol.send(room, "m.room.message", content))).to.deep.equal({});
  });

  it("push rules of the in-memory homeserver that are a user's own, for a room or a sender, come before those for all messages", async () => {
    const own = { userId: BOB, actions: [] as PushRuleAction[] };
    await kit.homeserver.storage.pushRules.put({ ...own, kind: "sender", ruleId: alice.userId });
    expect(await tweaksOf(say({ body: "hi" }))).to.equal(undefined);
    await set("sender", alice.userId, "notify");
    expect(await tweaksOf(say({ body: "hi" }))).to.deep.equal({});
    await kit.homeserver.storage.pushRules.put({ ...own, kind: "room", ruleId: room });
    expect(await tweaksOf(say({ body: "hi" }))).to.equal(undefined);
    expect(await tweaksOf(say({ body: "hi, bob" }))).to.deep.equal(highlighted);
  });
});

interface Notified {
  notification: { devices: { tweaks?: unknown; user?: UserId }[] };
}
