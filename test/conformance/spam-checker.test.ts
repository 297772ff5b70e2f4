import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { RoomAlias } from "#src/matrix/identifiers.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { Denial, deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { startCategory, type Callback, type ModuleOfFunctions } from "../dispatch/start-category.js";

const alice = "@alice:example.org";
const bob = "@bob:remote.example";
const room = "!room:example.org";
const message = new RoomEvent({ room_id: room, type: "m.room.message", sender: alice, content: { body: "x" } });
const invite = new RoomEvent({
  room_id: room,
  type: "m.room.member",
  sender: bob,
  state_key: alice,
  content: { membership: "invite" },
});
const file = { path: "/tmp/file", writeChunksTo: async () => undefined };
const fileInfo = { serverName: null, fileId: "abc", urlCache: false, thumbnail: null };

const forbidden = deny("M_FORBIDDEN");
const stock = deny("M_FORBIDDEN", { error: "This message was rejected as probable spam" });
const pair = ["M_BAD_ALIAS", { k: "v" }];
const ofPair = deny("M_BAD_ALIAS", { k: "v" });
const notPairs = [["M_BAD_ALIAS"], ["boo", {}], ["M_BAD_ALIAS", null], ["M_BAD_ALIAS", {}, {}]];

/** The hooks that answer whether a user may do something, with arguments. */
const USER_MAY: Readonly<Record<string, readonly unknown[]>> = {
  userMayJoinRoom: [alice, room, false],
  userMayInvite: [alice, bob, room],
  userMaySend3pidInvite: [alice, "email", "bob@example.org", room],
  userMayCreateRoom: [alice, { preset: "public_chat" }],
  userMayCreateRoomAlias: [alice, RoomAlias.fromString("#room:example.org")],
  userMayPublishRoom: [alice, room],
};

const start = (modules: Readonly<Record<string, ModuleOfFunctions>>) => startCategory(CATALOGUE.spamChecker, modules);

/** What a hook makes of the first module's answer: the result, whether the second was asked, how many warnings. */
function judged(hook: string, args: readonly unknown[], answer: unknown) {
  const { hooks, asked, lines } = start({ first: { [hook]: () => answer }, second: { [hook]: () => NOT_SPAM } });
  const result = (hooks as unknown as Record<string, Callback>)[hook]!(...args);
  const warnings = lines().filter((line) => (line as { level: string }).level === "warn");
  return { result, secondAsked: asked.includes("second"), warnings: warnings.length };
}

const event = (answer: unknown) => judged("checkEventForSpam", [message], answer);
const eachUserMay = (answer: unknown) =>
  Object.entries(USER_MAY).map(([hook, args]) => ({ hook, ...judged(hook, args, answer) }));
const allUserMay = (expected: object) => Object.keys(USER_MAY).map((hook) => ({ hook, ...expected }));

describe("conformance: spam checker", () => {
  it("case 1: checkEventForSpam passes NOT_SPAM to the next module", () => {
    expect(event(NOT_SPAM)).to.deep.equal({ result: NOT_SPAM, secondAsked: true, warnings: 0 });
  });

  it("case 2: checkEventForSpam passes the deprecated `false` to the next module", () => {
    expect(event(false)).to.deep.equal({ result: NOT_SPAM, secondAsked: true, warnings: 1 });
  });

  it("case 3: checkEventForSpam treats the deprecated `true` as M_FORBIDDEN", () => {
    expect(event(true)).to.deep.equal({ result: forbidden, secondAsked: false, warnings: 1 });
  });

  it("case 4: checkEventForSpam denies with a code", () => {
    const expected = { result: deny("M_LIMIT_EXCEEDED"), secondAsked: false, warnings: 0 };
    expect(event("M_LIMIT_EXCEEDED")).to.deep.equal(expected);
  });

  it("case 6: checkEventForSpam uses a plain string as the message of a denial (differs: the message comes in a Denial with M_FORBIDDEN, so that all denials are of one kind)", () => {
    const expected = { result: deny("M_FORBIDDEN", { error: "boo" }), secondAsked: false, warnings: 1 };
    expect(event("boo")).to.deep.equal(expected);
  });

  it("case 7: checkEventForSpam denies with a stock message and a warning when the answer means nothing", () => {
    for (const answer of [null, undefined, 0, 1, {}, []]) {
      expect(event(answer)).to.deep.equal({ result: stock, secondAsked: false, warnings: 1 });
    }
    expect(stock).to.be.instanceOf(Denial);
  });

  it("case 8: checkEventForSpam denies with a stock message when a pair is malformed (differs: a string shaped like a code is a code)", () => {
    for (const answer of notPairs) {
      expect(event(answer)).to.deep.equal({ result: stock, secondAsked: false, warnings: 1 });
    }
    expect(event(pair)).to.deep.equal({ result: ofPair, secondAsked: false, warnings: 1 });
  });

  it("case 9: the userMay hooks pass NOT_SPAM to the next module", () => {
    expect(eachUserMay(NOT_SPAM)).to.deep.equal(allUserMay({ result: NOT_SPAM, secondAsked: true, warnings: 0 }));
  });

  it("case 11: the userMay hooks treat the deprecated `false` as M_FORBIDDEN", () => {
    expect(eachUserMay(false)).to.deep.equal(allUserMay({ result: forbidden, secondAsked: false, warnings: 1 }));
  });

  it("case 12: the userMay hooks deny with a code", () => {
    const expected = { result: deny("M_RESOURCE_LIMIT_EXCEEDED"), secondAsked: false, warnings: 0 };
    expect(eachUserMay("M_RESOURCE_LIMIT_EXCEEDED")).to.deep.equal(allUserMay(expected));
  });

  it("case 13: the userMay hooks treat a pair as a code with fields", () => {
    expect(eachUserMay(pair)).to.deep.equal(allUserMay({ result: ofPair, secondAsked: false, warnings: 1 }));
  });

  it("case 14: the userMay hooks deny with M_FORBIDDEN and a warning when the answer means nothing", () => {
    for (const answer of [null, undefined, 0, 1, "boo", [], {}, ...notPairs]) {
      expect(eachUserMay(answer)).to.deep.equal(allUserMay({ result: forbidden, secondAsked: false, warnings: 1 }));
    }
  });

  it("case 16: a denial of federatedUserMayInvite stands, and userMayInvite isn't asked", () => {
    const asked: string[] = [];
    const { hooks } = start({
      a: { federatedUserMayInvite: () => "M_INVITE_BLOCKED", userMayInvite: () => void asked.push("userMayInvite") },
    });
    expect(hooks.federatedUserMayInvite(invite)).to.deep.equal(deny("M_INVITE_BLOCKED"));
    expect(asked).to.deep.equal([]);
  });

  it("case 17: without federatedUserMayInvite, userMayInvite decides about an invite of another server", () => {
    const seen: unknown[] = [];
    const { hooks } = start({ a: { userMayInvite: (...args) => (seen.push(...args.slice(0, 3)), "M_FORBIDDEN") } });
    expect(hooks.federatedUserMayInvite(invite)).to.deep.equal(forbidden);
    expect(seen).to.deep.equal([bob, alice, room]);
  });

  it("case 18: userMaySendStateEvent passes NOT_SPAM to the next module", () => {
    const expected = { result: NOT_SPAM, secondAsked: true, warnings: 0 };
    expect(judged("userMaySendStateEvent", [alice, room, "m.room.topic", "", {}], NOT_SPAM)).to.deep.equal(expected);
  });

  it("case 19: userMaySendStateEvent denies with a code", () => {
    const expected = { result: deny("M_BAD_STATE"), secondAsked: false, warnings: 0 };
    expect(judged("userMaySendStateEvent", [alice, room, "m.room.topic", "", {}], "M_BAD_STATE")).to.deep.equal(
      expected,
    );
  });

  it("case 21: checkLoginForSpam takes NOT_SPAM, a code and a pair; a boolean means nothing to it", () => {
    const login = (answer: unknown) =>
      judged("checkLoginForSpam", [alice, null, null, [["agent", "::1"]], null], answer);
    expect(login(NOT_SPAM)).to.deep.equal({ result: NOT_SPAM, secondAsked: true, warnings: 0 });
    expect(login("M_USER_SUSPENDED")).to.deep.equal({
      result: deny("M_USER_SUSPENDED"),
      secondAsked: false,
      warnings: 0,
    });
    expect(login(pair)).to.deep.equal({ result: ofPair, secondAsked: false, warnings: 1 });
    for (const answer of [true, false]) {
      expect(login(answer)).to.deep.equal({ result: forbidden, secondAsked: false, warnings: 1 });
    }
  });

  const media = (answer: unknown) => judged("checkMediaFileForSpam", [file, fileInfo], answer);

  it("case 22: checkMediaFileForSpam passes NOT_SPAM and the deprecated `false` to the next module", () => {
    expect(media(NOT_SPAM)).to.deep.equal({ result: NOT_SPAM, secondAsked: true, warnings: 0 });
    expect(media(false)).to.deep.equal({ result: NOT_SPAM, secondAsked: true, warnings: 1 });
  });

  it("case 23: checkMediaFileForSpam denies with the deprecated `true`, a code, a pair and what means nothing", () => {
    expect(media(true)).to.deep.equal({ result: forbidden, secondAsked: false, warnings: 1 });
    expect(media("M_NOT_FOUND")).to.deep.equal({ result: deny("M_NOT_FOUND"), secondAsked: false, warnings: 0 });
    expect(media(pair)).to.deep.equal({ result: ofPair, secondAsked: false, warnings: 1 });
    expect(media(null)).to.deep.equal({ result: forbidden, secondAsked: false, warnings: 1 });
  });

  it("case 24: shouldDropFederatedEvent drops at the first true", () => {
    const { hooks, asked } = start({
      a: { shouldDropFederatedEvent: () => false },
      b: { shouldDropFederatedEvent: () => true },
      c: { shouldDropFederatedEvent: () => false },
    });
    expect(hooks.shouldDropFederatedEvent(message)).to.equal(true);
    expect(asked).to.deep.equal(["a", "b"]);
  });

  it("case 26: shouldDropFederatedEvent asks the next module after null", () => {
    const { hooks, asked } = start({
      a: { shouldDropFederatedEvent: () => null },
      b: { shouldDropFederatedEvent: () => false },
    });
    expect(hooks.shouldDropFederatedEvent(message)).to.equal(false);
    expect(asked).to.deep.equal(["a", "b"]);
  });

  it("case 27: checkUsernameForSpam passes a copy of the profile, and the user who searches", () => {
    const seen: unknown[] = [];
    const { hooks } = start({
      a: {
        checkUsernameForSpam: (profile: { display_name: string }, requester: string) => {
          seen.push({ ...profile }, requester);
          profile.display_name = "changed";
          return false;
        },
      },
    });
    const profile = { user_id: bob, display_name: "Bob", avatar_url: null } as const;
    const given = { ...profile };
    expect(hooks.checkUsernameForSpam(given, alice)).to.equal(false);
    expect(given).to.deep.equal(profile);
    expect(seen).to.deep.equal([profile, alice]);
  });

  it("case 28: checkUsernameForSpam works with a callback of one parameter (differs: callbacks receive every argument, whatever they declare)", () => {
    const { hooks } = start({ a: { checkUsernameForSpam: (profile: { user_id: string }) => profile.user_id === bob } });
    expect(hooks.checkUsernameForSpam({ user_id: bob, display_name: null, avatar_url: null }, alice)).to.equal(true);
    expect(hooks.checkUsernameForSpam({ user_id: alice, display_name: null, avatar_url: null }, bob)).to.equal(false);
  });

  it("case 29: checkUsernameForSpam goes by truthiness", () => {
    const search = (answer: unknown) =>
      judged("checkUsernameForSpam", [{ user_id: bob, display_name: null, avatar_url: null }, alice], answer);
    // What is no boolean is logged, too; so is what the second module answers.
    const warnings = (answer: unknown) => (typeof answer === "boolean" ? 0 : 1);
    for (const answer of [true, 1, "spam", [0], { a: 1 }]) {
      expect(search(answer)).to.deep.equal({ result: true, secondAsked: false, warnings: warnings(answer) });
    }
    for (const answer of [false, 0, "", [], {}, null, undefined]) {
      expect(search(answer)).to.deep.include({ secondAsked: true, warnings: warnings(answer) + 1 });
    }
  });

  it("case 31: checkRegistrationForSpam hands a shadow ban on", () => {
    expect(judged("checkRegistrationForSpam", [null, "rin", [], null], "shadow_ban")).to.deep.equal({
      result: "shadow_ban",
      secondAsked: false,
      warnings: 0,
    });
  });

  it("case 32: checkRegistrationForSpam fails when the answer is no behaviour", () => {
    for (const [answer, found] of [
      [true, "true"],
      [null, "null"],
      ["ban", "a string of 3 characters"],
      ["M_FORBIDDEN", "a string of 11 characters"],
    ] as const) {
      expect(() => judged("checkRegistrationForSpam", [null, "rin", [], null], answer))
        .to.throw(LigandError)
        .that.deep.includes({
          code: "LIGAND_ANSWER_ILLEGAL",
          message: `the callback returned ${found}; expected RegistrationBehaviour.ALLOW, .SHADOW_BAN or .DENY`,
        });
    }
  });

  for (const [title, error] of [
    ["case 33: an error of a callback reaches the operation unchanged, and no other module is asked", new Error("x")],
    ["case 34: a MatrixError of a callback reaches the operation as the same object", new MatrixError(429, "slow")],
  ] as const) {
    it(title, () => {
      for (const [hook, args] of Object.entries({ ...USER_MAY, checkEventForSpam: [message] })) {
        const fails = () => {
          throw error;
        };
        const { hooks, asked } = start({ first: { [hook]: fails }, second: { [hook]: () => NOT_SPAM } });
        expect(() => (hooks as unknown as Record<string, Callback>)[hook]!(...args))
          .to.throw()
          .that.equals(error);
        expect(asked).to.deep.equal(["first"]);
      }
    });
  }

  it("case 36: userMayCreateRoom passes a deep copy of the request", () => {
    const { hooks, asked } = start({
      a: {
        userMayCreateRoom: (_user, config: { initial_state: object[]; name?: string }) => {
          config.initial_state.push({ type: "evil" });
          config.name = "evil";
          return NOT_SPAM;
        },
      },
      b: {
        userMayCreateRoom: (_user, config) => (expect(config).to.deep.equal({ initial_state: [] }), NOT_SPAM),
      },
    });
    const config = { initial_state: [] };
    expect(hooks.userMayCreateRoom(alice, config)).to.equal(NOT_SPAM);
    expect(config).to.deep.equal({ initial_state: [] });
    expect(asked).to.deep.equal(["a", "b"]);
  });

  it("case 37: userMayCreateRoom works with a callback of one parameter (differs: callbacks receive every argument, whatever they declare)", () => {
    const { hooks } = start({
      a: { userMayCreateRoom: (user: string) => (user === alice ? "M_UNAUTHORIZED" : NOT_SPAM) },
    });
    expect(hooks.userMayCreateRoom(alice, {})).to.deep.equal(deny("M_UNAUTHORIZED"));
    expect(hooks.userMayCreateRoom("@carol:example.org", {})).to.equal(NOT_SPAM);
  });

  it("case 38: userMaySendStateEvent passes a deep copy of the content", () => {
    const { hooks } = start({
      a: {
        userMaySendStateEvent: (_user, _room, _type, _key, content: { users: Record<string, number> }) => {
          content.users[bob] = 100;
          return NOT_SPAM;
        },
      },
    });
    const content = { users: { [alice]: 100 } };
    expect(hooks.userMaySendStateEvent(alice, room, "m.room.power_levels", "", content)).to.equal(NOT_SPAM);
    expect(content).to.deep.equal({ users: { [alice]: 100 } });
  });

  it("case 39: modules are asked in the order of the configuration", () => {
    const passes = { checkEventForSpam: () => NOT_SPAM };
    const { hooks, asked } = start({ b: passes, a: passes, c: passes });
    expect(hooks.checkEventForSpam(message)).to.equal(NOT_SPAM);
    expect(asked).to.deep.equal(["b", "a", "c"]);
  });

  it("case 42: a cancelled request waits until the callback has settled", async () => {
    const controller = new AbortController();
    const events: string[] = [];
    let release!: () => void;
    const { hooks } = start({
      a: {
        checkEventForSpam: async () => {
          await new Promise<void>((resolve) => (release = resolve));
          events.push("callback ran to its end");
          return NOT_SPAM;
        },
      },
    });
    const waiting = Promise.resolve(hooks.checkEventForSpam(message, { signal: controller.signal })).catch(
      (error: unknown) => {
        events.push("waiter saw the cancellation");
        return error;
      },
    );
    controller.abort();
    events.push("cancelled");
    release();
    expect(await waiting).to.be.instanceOf(CancelledError);
    expect(events).to.deep.equal(["cancelled", "callback ran to its end", "waiter saw the cancellation"]);
  });
});
