import { expect } from "chai";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { roomPath, seen, type Body, type MatrixClient } from "./matrix-client.js";
import { search, untilFound, UPDATED } from "./user-directory.js";
import { untilIs } from "../until.js";

const MODULES = modulesOf("bridged-modules");
const WATCHING = modulesOf("watching-modules");

describe("hooks of a real Synapse", () => {
  let bridged: BridgedSynapse;
  let alice: MatrixClient;
  let room: string;

  before(async () => {
    bridged = await BridgedSynapse.create();
    await bridged.start(
      [
        { module: `${MODULES}#WordChecker` },
        bridged.recording(`${MODULES}#Recorder`),
        { module: `${MODULES}#Backwards` },
        bridged.recording(`${WATCHING}#Watcher`),
        bridged.recording(`${WATCHING}#UpdateController`),
      ],
      { on_disconnect: { check_event_for_spam: "allow" } },
      { user_directory: { search_all_users: true } },
    );
    alice = await bridged.client.register("alice");
    room = await alice.createRoom({ name: "a room" });
  });

  after(() => bridged.stop());

  describe("spam checker", () => {
    it("a spam checker on Synapse allows what no module objects to", async () => {
      expect(await alice.sendMessage(room, "ham")).to.have.property("status", 200);
    });

    it("a spam checker on Synapse sends code, message and fields of a denial to the client", async () => {
      expect(seen(await alice.sendMessage(room, "known code"))).to.deep.equal({
        status: 403,
        body: { errcode: "M_LIMIT_EXCEEDED", error: "Not this, not here", retry_after_ms: 7 },
      });
    });

    it("a spam checker on Synapse sends the client a code that Synapse doesn't know", async () => {
      expect(seen(await alice.sendMessage(room, "own code"))).to.deep.equal({
        status: 403,
        body: { errcode: "ORG_EXAMPLE_SPAM", error: "Our own reason", score: 3 },
      });
    });

    it("a spam checker on Synapse sends a plain code with Synapse's own message", async () => {
      const { status, body } = await alice.sendMessage(room, "plain");
      expect([status, (body as Body)["errcode"]]).to.deep.equal([403, "M_FORBIDDEN"]);
    });

    it("a spam checker on Synapse brings a MatrixError with status, code and fields", async () => {
      expect(seen(await alice.sendMessage(room, "matrix error"))).to.deep.equal({
        status: 418,
        body: { errcode: "M_INVALID_PARAM", error: "a teapot", pot: "tea" },
      });
    });

    it("a spam checker on Synapse fails the request when a module has a bug, and shows nothing of it", async () => {
      expect(seen(await alice.sendMessage(room, "crash"))).to.deep.equal({
        status: 500,
        body: { errcode: "M_UNKNOWN", error: "Internal server error" },
      });
    });

    it("a spam checker on Synapse that hangs is given up before call_timeout, by its hook's policy", async () => {
      // If the answer takes a busy machine more than 200 ms, Synapse gives up before, and allows it.
      await untilIs(500, async () => (await alice.sendMessage(room, "never")).status);
      await bridged.serve.printed("no answer 200 ms before the deadline of the request");
    });

    it("a spam checker on Synapse denies a state event with message and fields", async () => {
      expect(seen(await alice.sendState(room, "org.example.x", { forbidden: true }))).to.deep.equal({
        status: 403,
        body: { errcode: "ORG_EXAMPLE_STATE", error: "No such state", hint: "x" },
      });
      expect(await alice.sendState(room, "org.example.x", {})).to.have.property("status", 200);
    });

    it("a spam checker on Synapse hides users from searches by profile and requester", async () => {
      await bridged.synapse.logged(UPDATED);
      await bridged.client.register("hidden-one");
      await untilFound(alice, await bridged.client.register("visible"), "visible");
      expect(await search(alice, "hidden-one")).to.deep.equal([]);
      expect(await search(alice, "visible")).to.deep.equal(["@visible:synapse.test"]);
    });

    it("a spam checker on Synapse reads a file that is uploaded", async () => {
      const good = await alice.ask("POST", "/_matrix/media/v3/upload?filename=a", Buffer.from("good file"));
      const bad = await alice.ask("POST", "/_matrix/media/v3/upload?filename=a", Buffer.from("bad file"));
      expect([good.status, bad.status]).to.deep.equal([200, 400]);
    });

    it("case 438 on Synapse: a spam checker on Synapse denies rooms and registrations, and receives the whole request", async () => {
      const denied = await alice.ask("POST", "/_matrix/client/v3/createRoom", { name: "spam" });
      expect([denied.status, (denied.body as Body)["errcode"]]).to.deep.equal([403, "M_FORBIDDEN"]);
      expect(await bridged.recorded("userMayCreateRoom")).to.deep.include(["@alice:synapse.test", { name: "spam" }]);
      expect(await bridged.client.tryToRegister("denied")).to.have.property("status", 429);
      expect(await bridged.recorded("checkRegistrationForSpam")).to.deep.include(["denied", 1]);
    });

    it("a spam checker on Synapse gets an alias parsed", async () => {
      await alice.put("/_matrix/client/v3/directory/room/%23here%3Asynapse.test", { room_id: room });
      expect(await bridged.recorded("userMayCreateRoomAlias")).to.deep.equal([
        ["@alice:synapse.test", "#here:synapse.test"],
      ]);
    });

    it("a spam checker on Synapse denies a login after the password was right", async () => {
      await bridged.client.register("locked-out");
      const answer = await bridged.client.tryToLogin("locked-out", "m.login.password", { password: "secret" });
      expect([answer.status, (answer.body as Body)["errcode"]]).to.deep.equal([403, "M_USER_DEACTIVATED"]);
    });
  });

  describe("third-party rules", () => {
    it("third-party rules on Synapse replaces an event, with the state of the room at hand", async () => {
      const { body } = await alice.sendMessage(room, "shout");
      const event = await alice.readEvent(room, (body as { event_id: string }).event_id);
      expect(event["content"]).to.deep.equal({ msgtype: "m.text", body: "SHOUT", creator: "@alice:synapse.test" });
    });

    it("third-party rules on Synapse refuses an event", async () => {
      const answer = await alice.sendMessage(room, "forbidden");
      expect([answer.status, (answer.body as Body)["errcode"]]).to.deep.equal([403, "M_FORBIDDEN"]);
    });

    it("case 444 on Synapse: third-party rules on Synapse changes the request for a room", async () => {
      const renamed = await alice.createRoom({ name: "rename" });
      const state = await alice.get(`/_matrix/client/v3/rooms/${encodeURIComponent(renamed)}/state/m.room.name/`);
      expect(state).to.deep.equal({ name: "renamed for alice, admin: false" });
    });

    it("third-party rules on Synapse refuses a room by a MatrixError", async () => {
      expect(seen(await alice.ask("POST", "/_matrix/client/v3/createRoom", { name: "refuse" }))).to.deep.equal({
        status: 403,
        body: { errcode: "M_FORBIDDEN", error: "no such room" },
      });
    });

    it("third-party rules on Synapse are notified of new events, and may call services meanwhile", async () => {
      await alice.sendState(room, "m.room.topic", { topic: "told" });
      const [, info, name] = (await bridged.untilRecorded("onNewEvent", ([topic]) => topic === "told")) as [
        string,
        Body,
        Body,
      ];
      expect(info).to.deep.include({ userId: "@alice:synapse.test", isAdmin: false, isDeactivated: false });
      expect(name).to.deep.equal({ name: "a room" });
    });

    it("third-party rules on Synapse receive an empty state while a room is created", async () => {
      await alice.createRoom({ visibility: "public" });
      expect(await bridged.recorded("checkVisibilityCanBeModified")).to.deep.include([0, "public"]);
    });

    it("third-party rules on Synapse are notified of profiles", async () => {
      await alice.put(`/_matrix/client/v3/profile/${alice.userId}/displayname`, { displayname: "Alice" });
      expect(
        await bridged.untilRecorded("onProfileUpdate", ([, profile]) => (profile as Body)["displayName"] === "Alice"),
      ).to.deep.equal(["@alice:synapse.test", { displayName: "Alice", avatarUrl: null }, false, false]);
    });

    it("third-party rules on Synapse decide about deactivation, and are notified of it", async () => {
      const deactivate = async (username: string) => {
        const user = await bridged.client.register(username);
        const auth = {
          type: "m.login.password",
          identifier: { type: "m.id.user", user: username },
          password: "secret",
        };
        return user.ask("POST", "/_matrix/client/v3/account/deactivate", { auth });
      };
      expect(await deactivate("immortal")).to.have.property("status", 403);
      expect(await deactivate("mortal")).to.have.property("status", 200);
      expect(await bridged.recorded("checkCanDeactivateUser")).to.deep.equal([
        ["@immortal:synapse.test", false],
        ["@mortal:synapse.test", false],
      ]);
      expect(await bridged.untilRecorded("onUserDeactivationStatusChanged")).to.deep.equal([
        "@mortal:synapse.test",
        true,
        false,
      ]);
    });
  });

  describe("password auth", () => {
    it("password auth on Synapse offers login types", async () => {
      const { flows } = await bridged.client.get<{ flows: { type: string }[] }>("/_matrix/client/v3/login");
      expect(flows.map(({ type }) => type)).to.include.members(["m.login.password", "org.example.code"]);
    });

    it("password auth on Synapse lets a user in, and lets the module change the response", async () => {
      const { status, body } = await bridged.client.tryToLogin("alice", "m.login.password", { password: "ecila" });
      expect(status).to.equal(200);
      expect(body).to.include({ user_id: "@alice:synapse.test", "org.example.greeting": "alice" });
    });

    it("password auth on Synapse leaves a login that no module answers to Synapse", async () => {
      const right = await bridged.client.tryToLogin("alice", "m.login.password", { password: "secret" });
      const wrong = await bridged.client.tryToLogin("alice", "m.login.password", { password: "wrong" });
      expect([right.status, wrong.status]).to.deep.equal([200, 403]);
    });

    it("password auth on Synapse supports login types of its own", async () => {
      const right = await bridged.client.tryToLogin("@alice:synapse.test", "org.example.code", { code: "1234" });
      const wrong = await bridged.client.tryToLogin("@alice:synapse.test", "org.example.code", { code: "4321" });
      expect([right.status, wrong.status]).to.deep.equal([200, 403]);
    });

    it("case 454 on Synapse: password auth on Synapse names new users, and is notified of registrations, logins and logouts", async () => {
      const named = await bridged.client.register("named");
      expect(await named.get(`/_matrix/client/v3/profile/${named.userId}/displayname`)).to.deep.equal({
        displayname: "A Name",
      });
      await bridged.client.tryToLogin("named", "m.login.password", { password: "secret" });
      await named.post("/_matrix/client/v3/logout");
      expect(await bridged.recorded("onUserRegistration")).to.deep.include(["@named:synapse.test"]);
      expect(await bridged.recorded("onUserLogin")).to.deep.include(["@named:synapse.test", "m.login.password", null]);
      await bridged.untilRecorded("onLoggedOut", ([userId]) => userId === "@named:synapse.test");
    });
  });

  it("a presence router on Synapse sends presence to users who share no room, each state once", async () => {
    const fan = await bridged.client.register("presence-fan");
    const { next_batch } = await fan.get<{ next_batch: string }>("/_matrix/client/v3/sync");
    await alice.put(`/_matrix/client/v3/presence/${alice.userId}/status`, { presence: "online", status_msg: "here" });
    const { presence } = await fan.get<{ presence: { events: { sender: string; content: Body }[] } }>(
      `/_matrix/client/v3/sync?timeout=30000&since=${next_batch}`,
    );
    const ofAlice = presence.events.filter(({ sender }) => sender === alice.userId);
    expect(ofAlice.map(({ content }) => content["status_msg"])).to.deep.equal(["here"]);
  });

  it("case 452 on Synapse: hooks of a real Synapse ends accounts", async () => {
    const expired = await bridged.client.register("expired");
    const { status, body } = await expired.ask("GET", "/_matrix/client/v3/account/whoami");
    expect([status, (body as Body)["errcode"]]).to.deep.equal([403, "ORG_MATRIX_EXPIRED_ACCOUNT"]);
  });

  it("hooks of a real Synapse renews accounts by the legacy hooks", async () => {
    const renew = (token: string) =>
      bridged.client.ask("GET", `/_matrix/client/unstable/account_validity/renew?token=${token}`);
    expect((await renew("valid")).status).to.equal(200);
    expect((await renew("other")).status).to.equal(404);
  });

  it("account data callbacks on Synapse are notified", async () => {
    await alice.put(`/_matrix/client/v3/user/${alice.userId}/account_data/org.example.data`, { $: "odd", list: [1] });
    expect(
      await bridged.untilRecorded("onAccountDataUpdated", ([, , type]) => type === "org.example.data"),
    ).to.deep.equal(["@alice:synapse.test", null, "org.example.data", { $: "odd", list: [1] }]);
  });

  it("hooks of a real Synapse adds fields to what clients receive", async () => {
    const { body } = await alice.sendMessage(room, "with fields");
    const { event_id } = body as { event_id: string };
    const { unsigned } = (await alice.readEvent(room, event_id)) as { unsigned: Body };
    expect(unsigned["org.example.id"]).to.equal(event_id);
  });

  it("hooks of a real Synapse adds to each event of a long list the fields for that event", async () => {
    const sent: unknown[] = [];
    for (let number = 0; number < 12; number++) {
      sent.push(((await alice.sendMessage(room, `${number} of a list`)).body as Body)["event_id"]);
    }
    const { chunk } = await alice.get<{ chunk: { event_id: string; unsigned: Body }[] }>(
      `${roomPath(room)}/messages?dir=b&limit=12`,
    );
    const added = chunk.map(({ event_id, unsigned }) => [event_id, unsigned["org.example.id"]]);
    expect(added).to.deep.equal(sent.toReversed().map((id) => [id, id]));
  });

  it("hooks of a real Synapse limits media by user", async () => {
    const media = await bridged.client.register("media");
    const upload = (size: number) => media.ask("POST", "/_matrix/media/v3/upload", Buffer.alloc(size, "x"));
    expect(await media.get("/_matrix/client/v1/media/config")).to.deep.equal({ "m.upload.size": 17 });
    expect(await alice.get("/_matrix/client/v1/media/config")).to.not.have.property("m.upload.size", 17);
    expect((await upload(2000)).status).to.equal(413);
    expect((await upload(15)).status).to.equal(200);
    expect((await upload(15)).status).to.be.oneOf([400, 403]);
    expect(await bridged.recorded("onMediaUploadLimitExceeded")).to.deep.equal([
      ["@media:synapse.test", 20, 60_000, 15, 15],
    ]);
  });

  it("hooks of a real Synapse replaces rates of single users", async () => {
    const slow = await bridged.client.register("slow");
    const invite = async (user: string) => {
      const to = await slow.createRoom();
      return slow.ask("POST", `/_matrix/client/v3/rooms/${encodeURIComponent(to)}/invite`, { user_id: user });
    };
    expect((await invite(alice.userId)).status).to.equal(200);
    expect((await invite(alice.userId)).status).to.equal(429);
  });

  it("hooks of a real Synapse controls background updates", async () => {
    await bridged.untilRecorded("slot", ([, , what]) => what === "exit");
    expect((await bridged.recorded("defaultBatchSize")).length).to.be.greaterThan(0);
  });
});
