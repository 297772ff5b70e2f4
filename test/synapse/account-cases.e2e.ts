import { expect } from "chai";
import { setTimeout } from "node:timers/promises";
import type { MediaUploadLimit, RoomEvent } from "#src/index.js";
import { roomPath, type Answer, type Body, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";

const CLIENT = "/_matrix/client/v3";
const DAY = 24 * 60 * 60 * 1000;
const WEEK = 7 * DAY;
const TYPE = "test.login_type";

describe("cases of accounts, account data and media on Synapse", () => {
  let switched: SwitchedSynapse;
  let alice: MatrixClient;
  let admin: MatrixClient;

  before(async () => {
    switched = await SwitchedSynapse.start({
      media_upload_limits: [
        { time_period: "1d", max_size: "1K" },
        { time_period: "1w", max_size: "3K" },
      ],
    });
    alice = await switched.user();
    admin = await switched.admin();
  });
  after(() => switched.stop());
  afterEach(hangUp);

  describe("account validity", () => {
    const unstable = "/_matrix/client/unstable/account_validity";

    it("case 202 on Synapse: the legacy hooks own the three endpoints", async () => {
      const mails = when("onLegacySendMail", () => undefined);
      await alice.post(`${unstable}/send_mail`);
      expect(mails).to.deep.equal([[alice.userId]]);

      const renewals = when("onLegacyRenew", (token: string) => [token === "good", false, 1234]);
      expect((await switched.client.ask("GET", `${unstable}/renew?token=good`)).status).to.equal(200);
      expect((await switched.client.ask("GET", `${unstable}/renew?token=bad`)).status).to.equal(404);
      expect(renewals).to.deep.equal([["good"], ["bad"]]);

      const requests = when("onLegacyAdminRequest", async (request: Request) => {
        return ((await request.json()) as { expiration_ts: number }).expiration_ts;
      });
      const body = { user_id: alice.userId, expiration_ts: 5678 };
      expect(await admin.post("/_synapse/admin/v1/account_validity/validity", body)).to.deep.equal({
        expiration_ts: 5678,
      });
      expect(requests.length).to.equal(1);
    });

    it("case 203 on Synapse: isUserExpired isn't asked about an application service", async () => {
      const calls = when("isUserExpired", () => true);
      expect((await switched.service.ask("GET", `${CLIENT}/account/whoami`)).status).to.equal(200);
      expect(calls).to.deep.equal([]);
    });

    it("case 204 on Synapse: isUserExpired isn't asked on /versions and /logout", async () => {
      const bob = await switched.user();
      const calls = when("isUserExpired", () => true);
      expect((await bob.ask("GET", "/_matrix/client/versions")).status).to.equal(200);
      expect((await bob.ask("POST", `${CLIENT}/logout`, {})).status).to.equal(200);
      expect(calls).to.deep.equal([]);
    });
  });

  describe("password auth", () => {
    const login = (user: MatrixClient, fields: object) => switched.client.tryToLogin(user.userId, TYPE, fields);

    it("case 239 on Synapse: a login type of a module, with and without its field", async () => {
      const { flows } = await switched.client.get<{ flows: { type: string }[] }>(`${CLIENT}/login`);
      expect(flows.map(({ type }) => type).filter((type) => !type.endsWith("application_service"))).to.deep.equal([
        "m.login.password",
        TYPE,
      ]);
      const calls = when("authChecker", () => [alice.userId, null]);
      expect((await login(alice, {})).status).to.equal(400);
      expect(calls).to.deep.equal([]);
      expect((await login(alice, { test_field: "foo" })).status).to.equal(200);
      expect(calls).to.deep.equal([[alice.userId, TYPE, { test_field: "foo" }]]);
    });

    it("case 241 on Synapse: the callback of a checker gets the response of the login once", async () => {
      const responses: Body[] = [];
      when("authChecker", () => [alice.userId, (response: Body) => void responses.push({ ...response })]);
      const { status, body } = await login(alice, { test_field: "foo" });
      expect(status).to.equal(200);
      expect(responses.length).to.equal(1);
      expect(responses[0]).to.include.keys("user_id", "access_token", "device_id", "home_server");
      expect(responses[0]).to.deep.include(pick(body, "user_id", "access_token", "device_id"));
    });

    it("case 247 on Synapse: onLoggedOut is notified of a logout, which waits for it", async () => {
      const bob = await switched.user();
      let isDone = false;
      const calls = when("onLoggedOut", async () => {
        await setTimeout(100);
        isDone = true;
      });
      expect((await bob.ask("POST", `${CLIENT}/logout`, {})).status).to.equal(200);
      expect(isDone).to.equal(true);
      expect(calls.map(([userId, , token]) => [userId, token])).to.deep.equal([[bob.userId, bob.accessToken]]);
    });

    it("case 249 on Synapse: getUsernameForRegistration chooses the name of a user who registers", async () => {
      when("getUsernameForRegistration", (_results: Body, params: { username: string }) => `${params.username}-foo`);
      const rin = await switched.client.register("rin");
      expect(rin.userId).to.equal("@rin-foo:synapse.test");
    });

    it("case 251 on Synapse: getDisplaynameForRegistration chooses a display name", async () => {
      when("getDisplaynameForRegistration", (_results: Body, params: Body) => `${String(params["username"])}-foo`);
      const ran = await switched.client.register("ran");
      expect(await ran.get(`${CLIENT}/profile/${ran.userId}/displayname`)).to.deep.equal({ displayname: "ran-foo" });
    });

    for (const [number, hook] of [
      [250, "getUsernameForRegistration"],
      [252, "getDisplaynameForRegistration"],
    ] as const) {
      it(`case ${number} on Synapse: ${hook} is asked once, at the end of a registration`, async () => {
        const username = switched.newName("steps");
        const name = `${username}-foo`;
        const calls = when(hook, () => name);
        const register = (body: object) => switched.client.ask("POST", `${CLIENT}/register`, body);
        const first = await register({ username, password: "secret" });
        expect(first.status).to.equal(401);
        expect(calls.length).to.equal(0);
        const { session } = first.body as { session: string };
        const auth = { type: "m.login.dummy", session };
        const { status, body } = await register({ username, password: "secret", auth });
        expect(status).to.equal(200);
        expect(calls.length).to.equal(1);
        const { user_id } = body as { user_id: string };
        const named = { user_id, ...(await switched.client.get(`${CLIENT}/profile/${user_id}/displayname`)) };
        expect(named).to.deep.equal({
          user_id: `@${number === 250 ? name : username}:synapse.test`,
          displayname: name,
        });
      });
    }

    it("case 255 on Synapse: a callback of a checker that throws fails the login", async () => {
      when("authChecker", () => [
        alice.userId,
        () => {
          throw new TypeError("the module has a bug");
        },
      ]);
      expect((await login(alice, { test_field: "foo" })).status).to.equal(500);
    });

    it("case 256 on Synapse: the callback of a checker isn't called in user-interactive authentication", async () => {
      let isCalled = false;
      when("authChecker", () => [alice.userId, () => void (isCalled = true)]);
      const device = (await switched.client.tryToLogin(alice.userId, "m.login.password", { password: "secret" }))
        .body as Body;
      const path = `${CLIENT}/devices/${String(device["device_id"])}`;
      const { session } = (await alice.ask("DELETE", path, {})).body as { session: string };
      const identifier = { type: "m.id.user", user: alice.userId };
      const auth = { type: TYPE, identifier, test_field: "foo", session };
      expect((await alice.ask("DELETE", path, { auth })).status).to.equal(200);
      expect(isCalled).to.equal(false);
    });

    it("case 257 on Synapse: check3pidAuth lets a user in by an e-mail address", async () => {
      const calls = when("check3pidAuth", () => [alice.userId, null]);
      const identifier = { type: "m.id.thirdparty", medium: "email", address: "Alice@Example.ORG" };
      const body = { type: "m.login.password", identifier, password: "whatever" };
      const { user_id } = await switched.client.post(`${CLIENT}/login`, body);
      expect(user_id).to.equal(alice.userId);
      expect(calls).to.deep.equal([["email", "alice@example.org", "whatever"]]);
    });
  });

  describe("account data", () => {
    it("case 271 on Synapse: onAccountDataUpdated is notified of global data", async () => {
      const calls = when("onAccountDataUpdated", () => undefined);
      await alice.put(`${CLIENT}/user/${alice.userId}/account_data/org.test`, { key: "value" });
      expect(calls).to.deep.equal([[alice.userId, null, "org.test", { key: "value" }]]);
    });

    it("case 272 on Synapse: onAccountDataUpdated is notified of data of a room", async () => {
      const room = await alice.createRoom();
      const calls = when("onAccountDataUpdated", () => undefined);
      const path = `${CLIENT}/user/${alice.userId}/rooms/${encodeURIComponent(room)}/account_data/org.test`;
      await alice.put(path, { key: "value" });
      expect(calls).to.deep.equal([[alice.userId, room, "org.test", { key: "value" }]]);
    });

    it("case 274 on Synapse: onAccountDataUpdated isn't notified of tags", async () => {
      const room = await alice.createRoom();
      const calls = when("onAccountDataUpdated", () => undefined);
      await alice.put(`${CLIENT}/user/${alice.userId}/rooms/${encodeURIComponent(room)}/tags/u.tag`, { order: 0.5 });
      expect(calls).to.deep.equal([]);
    });
  });

  it("case 283 on Synapse: addFieldToUnsigned adds to an event that is fetched", async () => {
    const room = await alice.createRoom();
    const { event_id } = (await alice.sendMessage(room, "hello")).body as { event_id: string };
    when("addFieldToUnsigned", (event: RoomEvent) => ({ test_key: event.eventId }));
    const { unsigned } = await alice.get<{ unsigned: Body }>(`${roomPath(room)}/event/${encodeURIComponent(event_id)}`);
    expect(unsigned["test_key"]).to.equal(event_id);
  });

  it("addFieldToUnsigned on Synapse is called for the events of a list concurrently", async () => {
    const room = await alice.createRoom();
    for (const text of ["one", "two"]) await alice.sendMessage(room, text);
    let bothCalled!: () => void;
    const both = new Promise<void>((resolve) => (bothCalled = resolve));
    const calls = when("addFieldToUnsigned", async (event: RoomEvent) => {
      if (calls.length === 2) bothCalled();
      await both;
      return { test_key: event.content["body"] };
    });
    const { chunk } = await alice.get<{ chunk: { unsigned: Body }[] }>(`${roomPath(room)}/messages?dir=b&limit=2`);
    expect(chunk.map(({ unsigned }) => unsigned["test_key"])).to.deep.equal(["two", "one"]);
    expect(calls.length).to.equal(2);
  });

  describe("media", () => {
    const upload = (user: MatrixClient, size: number): Promise<Answer> =>
      user.ask("POST", "/_matrix/media/v3/upload", Buffer.alloc(size, "x"));

    it("case 289 on Synapse: getMediaConfigForUser answers for a user", async () => {
      when("getMediaConfigForUser", (userId: string) => ({ "m.upload.size": 1024, user: userId }));
      expect(await alice.get("/_matrix/client/v1/media/config")).to.deep.equal({
        "m.upload.size": 1024,
        user: alice.userId,
      });
    });

    for (const [number, isAllowed, status] of [
      [290, true, 200],
      [291, false, 413],
    ] as const) {
      it(`case ${number} on Synapse: isUserAllowedToUploadMediaOfSize answers ${isAllowed}`, async () => {
        const calls = when("isUserAllowedToUploadMediaOfSize", () => isAllowed);
        expect((await upload(alice, 67)).status).to.equal(status);
        expect(calls).to.deep.equal([[alice.userId, 67]]);
      });
    }

    describe("limits of users", () => {
      const daily = { maxBytes: 5000, timePeriodMs: DAY };
      const weekly = { maxBytes: 15_000, timePeriodMs: WEEK };
      let users: [limited: MatrixClient, unlimited: MatrixClient, configured: MatrixClient];

      beforeEach(async () => {
        users = [await switched.user(), await switched.user(), await switched.user()];
        const [limited, unlimited] = users;
        const limits = new Map<string, MediaUploadLimit[]>([
          [limited.userId, [daily, weekly]],
          [unlimited.userId, []],
        ]);
        when("getMediaUploadLimitsForUser", (userId: string) => limits.get(userId) ?? null);
      });

      const readable = (calls: readonly unknown[][]) =>
        calls.map(([userId, limit, ...bytes]) => {
          const { maxBytes, timePeriodMs } = limit as MediaUploadLimit;
          return [userId, maxBytes, timePeriodMs, ...bytes];
        });

      it("case 292 on Synapse: uploads within limits of a module, without, and of the configuration", async () => {
        const calls = when("onMediaUploadLimitExceeded", () => undefined);
        for (const user of users) expect((await upload(user, 100)).status).to.equal(200);
        expect(calls).to.deep.equal([]);
      });

      for (const [number, name, which, first, second, limit] of [
        [293, "of a day", 0, 3000, 4000, daily],
        [294, "of a week, which is looked at first,", 0, 3000, 20_000, weekly],
        [296, "of the configuration", 2, 500, 800, { maxBytes: 1024, timePeriodMs: DAY }],
      ] as const) {
        it(`case ${number} on Synapse: a limit ${name} is exceeded (differs: Synapse 1.163 answers 403)`, async () => {
          const user = users[which];
          const calls = when("onMediaUploadLimitExceeded", () => undefined);
          expect((await upload(user, first)).status).to.equal(200);
          expect((await upload(user, second)).status).to.equal(403);
          expect(readable(calls)).to.deep.equal([[user.userId, limit.maxBytes, limit.timePeriodMs, first, second]]);
        });
      }

      it("case 295 on Synapse: an empty list of limits is no limit", async () => {
        expect((await upload(users[1], 10_000)).status).to.equal(200);
      });
    });
  });
});

function pick(body: unknown, ...keys: string[]): Body {
  return Object.fromEntries(keys.map((key) => [key, (body as Body)[key]]));
}
