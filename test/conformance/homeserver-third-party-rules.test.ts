import { expect } from "chai";
import {
  MatrixError,
  Module,
  Rooms,
  ThirdPartyRules,
  inject,
  type EventAllowed,
  type JsonObject,
  type RoomEvent,
  type RoomEventDict,
  type StateMap,
} from "#src/index.js";
import { userId } from "#src/testing.js";
import { failureOf } from "../failure-of.js";
import { testModule, testModules } from "./kit.js";

const ALICE = userId("alice");
const BOB = userId("bob");

type Check = (event: RoomEvent, state: StateMap<RoomEvent>) => EventAllowed | Promise<EventAllowed>;

/** Answers what a test says, and records all its calls. */
@Module()
class Rules {
  check: Check = () => [true, null];
  answers: Record<string, unknown> = {};
  readonly calls: [hook: string, ...args: unknown[]][] = [];
  readonly checked: { event: RoomEvent; state: StateMap<RoomEvent> }[] = [];
  readonly seen: { event: RoomEvent; state: StateMap<RoomEvent> }[] = [];

  constructor(@inject(Rooms) readonly rooms: Rooms) {}

  @ThirdPartyRules.checkEventAllowed()
  checkEventAllowed(event: RoomEvent, state: StateMap<RoomEvent>) {
    this.checked.push({ event, state });
    return this.check(event, state);
  }

  @ThirdPartyRules.onNewEvent()
  onNewEvent(event: RoomEvent, state: StateMap<RoomEvent>) {
    this.seen.push({ event, state });
  }

  @ThirdPartyRules.checkVisibilityCanBeModified()
  checkVisibilityCanBeModified(room: string, state: StateMap<RoomEvent>, visibility: string) {
    return this.#answer("checkVisibilityCanBeModified", room, state.size, visibility);
  }

  @ThirdPartyRules.checkCanShutdownRoom()
  checkCanShutdownRoom(...args: unknown[]) {
    return this.#answer("checkCanShutdownRoom", ...args.slice(0, 2));
  }

  @ThirdPartyRules.checkCanDeactivateUser()
  checkCanDeactivateUser(...args: unknown[]) {
    return this.#answer("checkCanDeactivateUser", ...args.slice(0, 2));
  }

  @ThirdPartyRules.onProfileUpdate()
  onProfileUpdate(...args: unknown[]) {
    this.calls.push(["onProfileUpdate", ...args.slice(0, 4)]);
  }

  @ThirdPartyRules.onUserDeactivationStatusChanged()
  onUserDeactivationStatusChanged(...args: unknown[]) {
    this.calls.push(["onUserDeactivationStatusChanged", ...args.slice(0, 3)]);
  }

  @ThirdPartyRules.onThreepidBind()
  onThreepidBind(...args: unknown[]) {
    this.calls.push(["onThreepidBind", ...args.slice(0, 3)]);
  }

  @ThirdPartyRules.onAddUserThirdPartyIdentifier()
  onAdd(...args: unknown[]) {
    this.calls.push(["onAddUserThirdPartyIdentifier", ...args.slice(0, 3)]);
  }

  @ThirdPartyRules.onRemoveUserThirdPartyIdentifier()
  onRemove(...args: unknown[]) {
    this.calls.push(["onRemoveUserThirdPartyIdentifier", ...args.slice(0, 3)]);
  }

  callsOf(hook: string): unknown[][] {
    return this.calls.filter(([name]) => name === hook).map(([, ...args]) => args);
  }

  #answer(hook: string, ...args: unknown[]): boolean {
    this.calls.push([hook, ...args]);
    return (this.answers[hook] ?? true) as boolean;
  }
}

async function started() {
  const kit = await testModule(Rules);
  const alice = await kit.homeserver.user("alice");
  return { kit, rules: kit.module, alice, [Symbol.asyncDispose]: () => kit.stop() };
}

/** The body that a client receives, with the status. */
async function refusal(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = (await failureOf(promise)) as MatrixError;
  return { status: error.status, ...error.body() };
}

/** A check that only asks about messages. */
function forMessages(check: Check): Check {
  return (event, state) => (event.type === "m.room.message" ? check(event, state) : [true, null]);
}

function replaced(event: RoomEvent, members: Partial<RoomEventDict>): EventAllowed {
  return [true, { ...event.getDict(), ...members }];
}

describe("conformance: third-party rules in a homeserver", () => {
  describe("checkEventAllowed", () => {
    const forbidden: Check = (event) => [event.type !== "foo.bar.forbidden", null];

    it("case 133: an allowed event is asked about once, with the state before it by type and state key", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.check = forbidden;
      t.rules.checked.length = 0;
      await t.alice.send(room, "foo.bar.allowed", {});
      expect(t.rules.checked).to.have.length(1);
      const { state } = t.rules.checked[0]!;
      expect(state.get("m.room.create", "")?.sender).to.equal(ALICE);
      expect(state.get("m.room.member", ALICE)?.membership).to.equal("join");
    });

    it("case 134: a forbidden event is a 403", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.check = forbidden;
      const body = await refusal(t.alice.send(room, "foo.bar.forbidden", {}));
      expect(body).to.include({ status: 403, errcode: "M_FORBIDDEN" });
    });

    it("case 135: an error's own body reaches the client", async () => {
      class NastyHackError extends MatrixError {
        override body() {
          return { ...super.body(), nasty: "very" };
        }
      }
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.check = () => {
        throw new NastyHackError(429, "message");
      };
      expect(await refusal(t.alice.sendText(room, "hi"))).to.deep.equal({
        status: 429,
        errcode: "M_UNKNOWN",
        error: "message",
        nasty: "very",
      });
    });

    it("case 136: changing the event is the module's failure: a 500", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.check = (event) => {
        (event.content as JsonObject).foo = "bar";
        return [true, null];
      };
      const body = await refusal(t.alice.sendText(room, "hi"));
      expect(body).to.include({ status: 500, errcode: "M_UNKNOWN" });
    });

    it("case 137: a replacement is what is stored", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.check = forMessages((event) => replaced(event, { content: { x: "Y" } }));
      const eventId = await t.alice.send(room, "m.room.message", { x: "x" });
      const stored = (await t.alice.messages(room)).find((event) => event.event_id === eventId);
      expect(stored?.content).to.deep.equal({ x: "Y" });
    });

    it("case 138: an edit is replaced like the message that it edits", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.check = forMessages((event) => {
        const content = event.getDict().content;
        return replaced(event, { content: { ...content, body: String(content.body).toUpperCase() } });
      });
      const original = await t.alice.send(room, "m.room.message", { msgtype: "m.text", body: "Original body" });
      const edit = {
        "m.new_content": { msgtype: "m.text", body: "Edited body" },
        "m.relates_to": { rel_type: "m.replace", event_id: original },
        msgtype: "m.text",
        body: "Edited body",
      };
      await t.alice.send(room, "m.room.message", edit);
      const bodies = (await t.alice.messages(room)).map(({ content }) => content.body).filter(Boolean);
      expect(bodies).to.deep.equal(["ORIGINAL BODY", "EDITED BODY"]);
    });

    it("case 139: createAndSendEventIntoRoom returns the event that was sent", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      const event = { type: "m.room.message", room_id: room, sender: ALICE, content: { body: "Hello!" } };
      const sent = await t.rules.rooms.createAndSendEventIntoRoom(event);
      const { type, roomId, sender, content } = sent;
      expect({ type, room_id: roomId, sender, content }).to.deep.equal(event);
    });

    it("case 142: a callback may send another state event meanwhile", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      let round = 0;
      t.rules.check = async (event) => {
        if (event.type === "m.room.power_levels") {
          const state = { type: "m.test", state_key: "", sender: ALICE, room_id: room, content: { round } };
          await t.rules.rooms.createAndSendEventIntoRoom(state);
        }
        return [true, null];
      };
      const levels = (await t.alice.state(room)).get("m.room.power_levels")!.getDict().content;
      for (round = 1; round <= 5; round += 1) {
        await t.alice.sendState(room, "m.room.power_levels", { ...levels, events_default: round });
        const state = await t.alice.state(room);
        expect(state.get("m.test")?.content).to.deep.equal({ round });
        expect(state.get("m.room.power_levels")?.content.events_default).to.equal(round);
      }
    });

    it("case 158: a replacement ends the dispatch: a later module can't deny", async () => {
      await using kit = await testModules([
        { module: Rules, id: "first" },
        { module: Rules, id: "second" },
      ]);
      const alice = await kit.homeserver.user("alice");
      const room = await alice.createRoom();
      const [first, second] = kit.modules;
      first.check = forMessages((event) => replaced(event, { content: { body: "replaced" } }));
      second.check = () => [false, null];
      await alice.sendText(room, "hi");
      expect((await alice.messages(room)).at(-1)?.content).to.deep.equal({ body: "replaced" });
    });

    for (const [what, members] of [
      ["room_id", { room_id: "!elsewhere:example.org" }],
      ["type", { type: "m.other" }],
      ["state_key", { state_key: "" }],
      ["sender, for a remote one", { sender: "@eve:elsewhere" }],
    ] as const) {
      it(`case 159: a replacement that changes the ${what} is a 500`, async () => {
        await using t = await started();
        const room = await t.alice.createRoom();
        t.rules.check = forMessages((event) => replaced(event, members));
        const body = await refusal(t.alice.sendText(room, "hi"));
        expect(body).to.include({ status: 500, errcode: "M_UNKNOWN" });
      });
    }

    it("case 163: an event of another server isn't asked about", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.check = () => [false, null];
      const message = { room_id: room, type: "m.room.message", sender: "@eve:elsewhere", content: {} } as const;
      expect(await t.kit.homeserver.federation.receive(message)).to.include({ sender: "@eve:elsewhere" });
    });
  });

  describe("checkEventAllowed for other servers", () => {
    const EVE = "@eve:elsewhere";

    it("case 442: checkEventAllowed is asked about the template of a join, and may replace it", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.check = (event) => replaced(event, { content: { ...event.getDict().content, reason: "watched" } });
      const template = await t.kit.homeserver.federation.makeTemplate(room, EVE, "join");
      expect(template).to.deep.include({
        type: "m.room.member",
        sender: EVE,
        state_key: EVE,
        content: { membership: "join", reason: "watched" },
      });
    });

    it("case 443: checkEventAllowed is asked about a knock, whose replacement is ignored", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      const content = { membership: "knock" };
      const knock = { room_id: room, type: "m.room.member", sender: EVE, state_key: EVE, content } as const;
      t.rules.check = (event) => replaced(event, { content: {} });
      expect((await t.kit.homeserver.federation.receiveKnock(knock)).content).to.deep.equal(content);
      t.rules.check = () => [false, null];
      const body = await refusal(t.kit.homeserver.federation.receiveKnock(knock));
      expect(body).to.include({ status: 403, errcode: "M_FORBIDDEN" });
    });
  });

  describe("onNewEvent", () => {
    it("case 143: it is notified of a message once", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.seen.length = 0;
      const eventId = await t.alice.sendText(room, "hi");
      expect(t.rules.seen.map(({ event }) => event.eventId)).to.deep.equal([eventId]);
    });

    it("case 144: it is notified of an invite with a state that has the invite", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.seen.length = 0;
      const eventId = await t.alice.invite(room, BOB);
      expect(t.rules.seen).to.have.length(1);
      expect(t.rules.seen[0]!.event).to.include({ eventId, stateKey: BOB, membership: "invite" });
      expect(t.rules.seen[0]!.state.get("m.room.member", BOB)?.eventId).to.equal(eventId);
    });

    it("case 145: it is notified of an event of another server", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.seen.length = 0;
      const message = { room_id: room, type: "m.room.message", sender: "@eve:elsewhere", content: {} } as const;
      const event = await t.kit.homeserver.federation.receive(message);
      expect(t.rules.seen.map((seen) => seen.event)).to.deep.equal([event]);
    });
  });

  describe("profiles", () => {
    it("case 146: it is notified of a user's own new display name", async () => {
      await using t = await started();
      await t.alice.setDisplayname("Alice A.");
      const profile = { displayName: "Alice A.", avatarUrl: null };
      expect(t.rules.callsOf("onProfileUpdate")).to.deep.equal([[ALICE, profile, false, false]]);
    });

    it("case 147: it is notified of a user's own new avatar, with the display name", async () => {
      await using t = await started();
      await t.alice.setDisplayname("Alice A.");
      await t.alice.setAvatarUrl("mxc://example.org/avatar");
      const profile = { displayName: "Alice A.", avatarUrl: "mxc://example.org/avatar" };
      const calls = t.rules.callsOf("onProfileUpdate");
      expect(calls).to.have.length(2);
      expect(calls[1]).to.deep.equal([ALICE, profile, false, false]);
    });

    it("case 148: it is notified of an administrator's changes", async () => {
      await using t = await started();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      await admin.admin.changeProfile(ALICE, { displayName: "Alice A." });
      await admin.admin.changeProfile(ALICE, { avatarUrl: "mxc://example.org/avatar" });
      const profile = { displayName: "Alice A.", avatarUrl: "mxc://example.org/avatar" };
      const calls = t.rules.callsOf("onProfileUpdate");
      expect(calls).to.have.length(2);
      expect(calls[1]).to.deep.equal([ALICE, profile, true, false]);
    });
  });

  describe("deactivation", () => {
    it("case 149: with erasure both hooks are notified, the profile hook with an empty profile", async () => {
      await using t = await started();
      await t.alice.deactivate({ erase: true });
      expect(t.rules.calls).to.deep.equal([
        ["checkCanDeactivateUser", ALICE, false],
        ["onProfileUpdate", ALICE, { displayName: null, avatarUrl: null }, false, true],
        ["onUserDeactivationStatusChanged", ALICE, true, false],
      ]);
    });

    it("case 162: without erasure the profile hook isn't notified", async () => {
      await using t = await started();
      await t.alice.deactivate();
      expect(t.rules.callsOf("onProfileUpdate")).to.deep.equal([]);
    });

    it("case 150: it is notified when an administrator deactivates a user", async () => {
      await using t = await started();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      await admin.admin.deactivate(ALICE);
      expect(t.rules.callsOf("onUserDeactivationStatusChanged")).to.deep.equal([[ALICE, true, true]]);
    });

    it("case 151: it is notified when an administrator reactivates a user, who can log in again", async () => {
      await using t = await started();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      await admin.admin.deactivate(ALICE);
      await admin.admin.reactivate(ALICE, "hackme");
      const calls = t.rules.callsOf("onUserDeactivationStatusChanged");
      expect(calls).to.have.length(2);
      expect(calls[1]).to.deep.equal([ALICE, false, true]);
      const login = { type: "m.login.password", user: "alice", password: "hackme" };
      expect((await t.kit.homeserver.logIn(login)).userId).to.equal(ALICE);
    });

    for (const [number, byAdmin] of [
      [152, false],
      [153, true],
    ] as const) {
      it(`case ${number}: a module can keep ${byAdmin ? "an administrator from deactivating a user" : "users from deactivating themselves"}`, async () => {
        await using t = await started();
        const admin = await t.kit.homeserver.user("admin", { admin: true });
        t.rules.answers = { checkCanDeactivateUser: false };
        const body = await refusal(byAdmin ? admin.admin.deactivate(ALICE) : t.alice.deactivate());
        expect(body).to.include({ status: 403, errcode: "M_FORBIDDEN" });
        expect(t.rules.callsOf("checkCanDeactivateUser")).to.deep.equal([[ALICE, byAdmin]]);
        expect(await t.alice.whoAmI()).to.equal(ALICE);
      });
    }
  });

  describe("rooms", () => {
    it("case 154: a module can keep an administrator from deleting a room", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      t.rules.answers = { checkCanShutdownRoom: false };
      const body = await refusal(admin.admin.deleteRoom(room));
      expect(body).to.include({ status: 403, errcode: "M_FORBIDDEN" });
      expect(t.rules.callsOf("checkCanShutdownRoom")).to.deep.equal([[userId("admin"), room]]);
    });

    it("case 450: checkCanShutdownRoom asks again in the task that deletes the room", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      await admin.admin.deleteRoom(room);
      const asked = [userId("admin"), room];
      expect(t.rules.callsOf("checkCanShutdownRoom")).to.deep.equal([asked, asked]);
      expect(await t.kit.homeserver.storage.rooms.get({ roomId: room })).to.equal(undefined);
    });

    it("case 164: a room that a module deletes is asked about in the task, without a user", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      await t.rules.rooms.deleteRoom(room);
      expect(t.rules.callsOf("checkCanShutdownRoom")).to.deep.equal([]);
      await t.kit.homeserver.settled();
      expect(t.rules.callsOf("checkCanShutdownRoom")).to.deep.equal([[null, room]]);
    });

    it("case 160: a module can keep a room out of the list, and isn't asked when it leaves the list", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.rules.calls.length = 0;
      t.rules.answers = { checkVisibilityCanBeModified: false };
      const body = await refusal(t.alice.setVisibility(room, "public"));
      expect(body).to.include({ status: 403, errcode: "M_UNKNOWN" });
      await t.alice.setVisibility(room, "private");
      expect(t.rules.callsOf("checkVisibilityCanBeModified")).to.deep.equal([[room, 6, "public"]]);
    });

    it("case 161: a module is asked about a private room that is created, while its state is empty", async () => {
      await using t = await started();
      t.rules.answers = { checkVisibilityCanBeModified: false };
      const body = await refusal(t.alice.createRoom({ visibility: "private" }));
      expect(body).to.include({ status: 403, errcode: "M_UNKNOWN" });
      const [[, stateSize, visibility] = []] = t.rules.callsOf("checkVisibilityCanBeModified");
      expect([stateSize, visibility]).to.deep.equal([0, "private"]);
    });
  });

  describe("third-party identifiers", () => {
    const THREEPID = [ALICE, "email", "foo@example.com"] as const;

    it("case 155: the deprecated hook is notified of an address that an administrator adds", async () => {
      await using t = await started();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      await admin.admin.addThreepid(...THREEPID);
      expect(t.rules.callsOf("onThreepidBind")).to.deep.equal([THREEPID]);
    });

    it("case 156: it is notified of an address that is added, and removed", async () => {
      await using t = await started();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      await admin.admin.addThreepid(...THREEPID);
      await admin.admin.removeThreepid(...THREEPID);
      expect(t.rules.calls).to.deep.equal([
        ["onAddUserThirdPartyIdentifier", ...THREEPID],
        ["onThreepidBind", ...THREEPID],
        ["onRemoveUserThirdPartyIdentifier", ...THREEPID],
      ]);
    });

    it("case 157: it is notified that a deactivated user's address is removed", async () => {
      await using t = await started();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      await admin.admin.addThreepid(...THREEPID);
      expect(t.rules.callsOf("onRemoveUserThirdPartyIdentifier")).to.deep.equal([]);
      await admin.admin.deactivate(ALICE);
      expect(t.rules.callsOf("onRemoveUserThirdPartyIdentifier")).to.deep.equal([THREEPID]);
    });

    it("case 422: a callback of third-party identifiers sees a new address in canonical form, whatever the client sent", async () => {
      await using t = await started();
      const sid = await t.alice.requestToken(" Foo@Example.com ");
      const token = /\d{6}/.exec(t.kit.mails[0]!.text)![0];
      expect(await t.kit.homeserver.threepids.submitToken(sid, token)).to.equal(true);
      await t.alice.addThreepid(sid);
      expect(t.rules.callsOf("onAddUserThirdPartyIdentifier")).to.deep.equal([THREEPID]);
    });
  });
});
