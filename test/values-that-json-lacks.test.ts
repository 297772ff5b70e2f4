import { IsOptional, IsString } from "class-validator";
import { expect } from "chai";
import { inject } from "inversify";
import { decisionLog } from "#src/cli/decision-log.js";
import {
  AccountDataStore,
  createLogger,
  deny,
  Every,
  HttpClient,
  type LigandError,
  Mailer,
  MatrixError,
  Module,
  PasswordAuth,
  Presence,
  Pushers,
  PushRules,
  Rooms,
  StateMap,
  WebResource,
} from "#src/index.js";
import { SharedSchemas } from "#src/config/json-schema.js";
import { referenceTo } from "#src/config/config-class/class-schema.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { testModule } from "#src/testing.js";
import { failureOf } from "./failure-of.js";
import { refusalOf } from "./refusal-of.js";

const cycle: Record<string, unknown> = {};
cycle["me"] = cycle;

const unreadable = Object.defineProperty({}, "x", {
  enumerable: true,
  get() {
    throw new Error("not now");
  },
});

/** By what messages call each of them where it stands by itself. */
const LACKING: readonly (readonly [called: string, value: unknown])[] = [
  ["a bigint", 5n],
  ["a symbol", Symbol("s")],
  ["an object", cycle],
  ["an object", unreadable],
  ["an object", { n: 5n }],
];

const given = (value: unknown) => value as never;

describe("values that JSON lacks", () => {
  it("what a program calls with a bigint, a symbol, a cycle or an object that can't be read says what's expected instead", () => {
    const cases: readonly (readonly [action: (value: unknown) => unknown, message: (called: string) => string])[] = [
      [(value) => deny(given(value)), (called) => `deny() needs a code such as Codes.FORBIDDEN, but got ${called}`],
      [
        (value) => Every(given(value)),
        (called) =>
          `${called} isn't a duration; expected a positive number of milliseconds, or a string such as "500ms", "30s", "5m", "1h" or "1d"`,
      ],
      [
        (value) => createLogger({ level: given(value) }),
        (called) => `the log level must be one of error, warn, info, http, verbose, debug, silly, but it's ${called}`,
      ],
      [
        (value) => PasswordAuth.authChecker(given(value), ["password"]),
        (called) =>
          `@PasswordAuth.authChecker() needs a login type and a list of field names, but got [${called},["password"]]`,
      ],
      [
        (value) => PasswordAuth.authChecker("m.login.password", given(value)),
        (called) =>
          `@PasswordAuth.authChecker() needs a login type and a list of field names, but got ["m.login.password",${called}]`,
      ],
    ];
    for (const [called, value] of LACKING) {
      for (const [action, message] of cases) {
        const { code, message: found } = refusalOf(() => action(value));
        expect({ code, found }).to.deep.equal({ code: "LIGAND_ARGUMENT_INVALID", found: message(called) });
      }
    }
  });

  describe("given to a service", () => {
    @Module()
    class Caller {
      @inject(AccountDataStore) readonly accountData!: AccountDataStore;
      @inject(HttpClient) readonly http!: HttpClient;
      @inject(Mailer) readonly mailer!: Mailer;
      @inject(Presence) readonly presence!: Presence;
      @inject(PushRules) readonly pushRules!: PushRules;
      @inject(Pushers) readonly pushers!: Pushers;
      @inject(Rooms) readonly rooms!: Rooms;
    }

    it("a service that's given a bigint, a symbol, a cycle or an object that can't be read as data does nothing, and says where it is", async () => {
      await using kit = await testModule(Caller);
      const { accountData, http, presence, pushRules, pushers, rooms } = kit.module;
      const ann = await kit.homeserver.register({ username: "ann" });
      const roomId = await ann.createRoom();
      const cases: readonly (readonly [what: string, path: string, action: (value: unknown) => Promise<unknown>])[] = [
        [
          "the event",
          "content.n",
          (n) =>
            rooms.createAndSendEventIntoRoom({
              type: "org.example.x",
              room_id: roomId,
              sender: ann.userId,
              content: { n: given(n) },
            }),
        ],
        [
          "the content of the membership",
          "n",
          (n) =>
            rooms.updateRoomMembership(ann.userId, "@bob:example.org", roomId, "invite", { content: { n: given(n) } }),
        ],
        ["the configuration of the room", "topic", (topic) => rooms.createRoom(ann.userId, { topic: given(topic) })],
        ["account data", "n", (n) => accountData.putGlobal(ann.userId, "org.example.x", { n: given(n) })],
        [
          "the actions of the push rule",
          "0.value",
          (value) =>
            pushRules.setPushRuleAction(ann.userId, "global", "override", ".m.rule.master", [
              { set_tweak: "sound", value: given(value) },
            ]),
        ],
        [
          "the notification",
          "tweaks.n",
          (n) => pushers.sendHttpPushNotification(ann.userId, null, {}, { n: given(n) }),
        ],
        [
          `the presence of ${ann.userId}`,
          "statusMsg",
          (statusMsg) =>
            presence.setPresenceForUsers(new Map([[ann.userId, { state: "online", statusMsg: given(statusMsg) }]])),
        ],
      ];
      for (const [what, path, action] of cases) {
        const messages = [
          `JSON can't carry ${what}: a bigint at ${path}`,
          `JSON can't carry ${what}: a symbol at ${path}`,
          `JSON can't carry ${what}: a cycle at ${path}.me`,
          `JSON can't carry ${what}: a value that can't be read`,
        ];
        for (const [index, message] of messages.entries()) {
          const error = (await failureOf(action(LACKING[index]![1]))) as LigandError;
          expect([error.code, error.message]).to.deep.equal(["LIGAND_ARGUMENT_INVALID", message]);
        }
      }

      const post = (json: unknown) => failureOf(http.postJsonGetJson("https://example.org/", json)) as Promise<Error>;
      expect((await post({ n: 5n })).message).to.equal("JSON can't carry the body of the request: a bigint at n");
      expect((await post([cycle])).message).to.equal("JSON can't carry the body of the request: a cycle at 0.me");
      expect((await post(unreadable)).message).to.equal(
        "JSON can't carry the body of the request: a value that can't be read",
      );
      kit.http.on("POST", "https://example.org/", {});
      await http.postJsonGetJson("https://example.org/", { at: new Date(0) });
      expect(kit.http.requests.map(({ body }) => body)).to.deep.equal(['{"at":"1970-01-01T00:00:00.000Z"}']);
    });

    it("a service that's given a bigint, a symbol, a cycle or an object that can't be read as a name or an address says what it needs", async () => {
      await using kit = await testModule(Caller);
      const { http, mailer, pushRules } = kit.module;
      for (const [called, value] of LACKING) {
        const failures = [
          await failureOf(http.getJson(given(value))),
          await failureOf(mailer.sendMail(given(value), "subject", "html", "text")),
          await failureOf((async () => pushRules.checkPushRuleActions([value]))()),
          await failureOf(pushRules.setPushRuleAction("@ann:example.org", given(value), "override", "x", [])),
        ] as LigandError[];
        // A symbol in an object is left out by JSON, as a rule is that has none.
        expect(failures.map(({ code, message }) => [code, message])).to.deep.equal(
          [
            `${called} isn't a URL that can be requested`,
            `${called} has no e-mail address; expected user@example.org or Name <user@example.org>`,
            `${called} isn't a push rule action; expected "notify", "dont_notify", "coalesce", or an object with "set_tweak"`,
            `the scope of push rules must be "global", but it's ${called}`,
          ].map((message) => ["LIGAND_ARGUMENT_INVALID", message]),
        );
      }
    });
  });

  it("state that a callback asks for with a state key that's a bigint names it, as state that isn't declared", () => {
    const state = new StateMap([]).only([["m.room.topic", ""]]);
    expect(refusalOf(() => state.get("m.room.topic", given(5n))).message).to.equal(
      'the callback asked its state for m.room.topic with the state key a bigint, but its decorator declares m.room.topic ("")',
    );
  });

  it("a web resource that throws a MatrixError with a bigint answers 500, and the log says where the bigint is", async () => {
    @Module()
    class Failing {
      @WebResource("/_synapse/client/failing")
      web(): Response {
        throw new MatrixError(403, "no", "M_FORBIDDEN", { fields: { n: 5n } });
      }
    }
    await using kit = await testModule(Failing);
    const response = await kit.host.fetch(new Request("https://example.org/_synapse/client/failing"));
    expect(response?.status).to.equal(500);
    const logged = kit.logs.map(({ error }) => (error as Error | undefined)?.message);
    expect(logged).to.deep.equal(["the callback threw a MatrixError that JSON can't carry: a bigint at body.n"]);
  });

  it("the log of decisions says what kind of answer it is that JSON can't show", () => {
    const { logger, records } = captureLogs({ all: true });
    for (const answer of [5n, cycle, [5n]]) {
      decisionLog(logger)({ hook: "C.h", module: "M", callback: "M.m", context: {}, decided: false, answer });
    }
    expect(records.map(({ message }) => message)).to.deep.equal([
      "C.h: M (M.m) answered a bigint",
      "C.h: M (M.m) answered an object",
      "C.h: M (M.m) answered a list of 1 item",
    ]);
  });

  it("the schema of a config class has no default where the class has a bigint or a cycle", () => {
    class Config {
      @IsOptional()
      readonly size: unknown = 5n;
      @IsOptional()
      readonly loop: unknown = cycle;
      @IsString()
      readonly name: string = "n";
    }
    const shared = new SharedSchemas();
    referenceTo(Config, shared);
    expect(shared.written()).to.deep.equal({
      $defs: {
        Config: {
          type: "object",
          properties: { size: {}, loop: {}, name: { type: "string", default: "n" } },
          additionalProperties: false,
        },
      },
    });
  });
});
