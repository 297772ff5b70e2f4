import { expect } from "chai";
import type { DecisionRecord, Recorded } from "#src/decisions/decision-record.js";
import { PersonalHash } from "#src/decisions/personal-hash.js";
import type { ReplayOptions } from "#src/replay/replay.js";
import type { UnknownReason } from "#src/replay/unknown.js";
import { called, decision, entry, Folder, message, replayed } from "./recorded.js";

const REFUSED = { code: "M_FORBIDDEN", fields: {} };
const HASHED = { $: "hashed", of: "h:abc" };
const LEFT_OUT = { $: "left out" };
const INVITE = { hook: "SpamChecker.userMayInvite", result: "NOT_SPAM" } as const;

/** A decision that can't be known, and why. A replay that guesses finds no difference here, or one. */
interface Case {
  readonly title: string;
  readonly lines: readonly (DecisionRecord | string)[];
  readonly modules: readonly object[];
  readonly before?: readonly object[];
  readonly options?: Partial<ReplayOptions>;
  readonly words: readonly string[];
  readonly reason: UnknownReason;
}

const eve = (name = "UserFilter") => entry(name, { users: ["@eve:hs"] });
const flood = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    decision({ id: `flood-${index}`, callbacks: [called("FloodGuard", "FloodGuard.check")] }),
  );

const CASES: readonly Case[] = [
  {
    title: "a member that was hashed",
    lines: [decision({ args: [message({ sender: HASHED })] })],
    modules: [eve()],
    words: ["UserFilter.check of UserFilter reads args.0.sender, which is recorded as a hash"],
    reason: "hashed",
  },
  {
    title: "a string that was hashed, by who declares it",
    lines: [decision({ ...INVITE, args: [HASHED, "@bob:hs", "!room:hs"] })],
    modules: [eve()],
    words: ["UserFilter.mayInvite of UserFilter reads args.0, which is recorded as a hash"],
    reason: "hashed",
  },
  {
    title: "a parameter that the hook didn't have then, by who declares it",
    lines: [decision({ ...INVITE, args: [] })],
    modules: [eve()],
    words: ["UserFilter.mayInvite of UserFilter reads args.0, which isn't recorded"],
    reason: "left out",
  },
  {
    title: "an event that isn't there",
    lines: [decision({ args: [] })],
    modules: [eve()],
    words: ["UserFilter.check of UserFilter reads args.0, which isn't recorded"],
    reason: "left out",
  },
  {
    title: "a hash that an administrator's `only` compares",
    lines: [decision({ ...INVITE, args: ["@eve:hs", "@bob:hs", HASHED] })],
    modules: [entry("UserFilter", { users: ["@eve:hs"] }, { only: { room: "!room:*" } })],
    words: ["UserFilter.mayInvite of UserFilter reads args.2, which is recorded as a hash"],
    reason: "hashed",
  },
  {
    title: "a password",
    lines: [
      decision({
        hook: "PasswordAuth.authChecker",
        args: ["eve", "m.login.password", { $: "secret" }],
        result: { $: "undefined" },
      }),
    ],
    modules: [entry("OnePassword")],
    words: ["args.2 is a secret, which is never recorded"],
    reason: "secret",
  },
  {
    title: "a value of a kind that isn't known",
    lines: [decision({ args: [message({ content: { body: { $: "bigint", of: "1" } } })] })],
    modules: [entry("WordFilter", { words: ["gold"] })],
    words: ["WordFilter.check of WordFilter reads args.0.content.body, which can't be recorded"],
    reason: "uncarried",
  },
  {
    title: "a file that was lent",
    lines: [
      decision({
        hook: "SpamChecker.checkMediaFileForSpam",
        args: [{ $: "uncarried", of: "something that was lent for the call" }, { fileId: "x" }],
      }),
    ],
    modules: [entry("FileFilter")],
    words: ["FileFilter.check of FileFilter reads args.0, which can't be recorded"],
    reason: "uncarried",
  },
  {
    title: "what was left out",
    lines: [decision({ args: [message({ content: LEFT_OUT })] })],
    modules: [entry("WordFilter", { words: ["gold"] })],
    words: ["WordFilter.check of WordFilter reads args.0.content, which isn't recorded"],
    reason: "left out",
  },
  {
    title: "what was left out, by a module that catches its errors",
    lines: [decision({ args: [message({ sender: HASHED })] })],
    modules: [entry("Tolerant")],
    words: ["Tolerant.check of Tolerant reads args.0.sender, which is recorded as a hash"],
    reason: "hashed",
  },
  {
    title: "what was cut",
    lines: [decision({ args: [message({ content: { body: { $: "cut" } } })], truncated: ["args.0.content.body"] })],
    modules: [entry("WordFilter", { words: ["gold"] })],
    words: [
      "WordFilter.check of WordFilter reads args.0.content.body, which was cut from a record that would have been too large",
    ],
    reason: "cut",
  },
  {
    title: "a question that a service wasn't asked then",
    lines: [decision({ ...INVITE, args: ["@eve:hs", "@bob:hs", "!room:hs"] })],
    modules: [entry("AdminsInvite")],
    words: [
      "AdminsInvite.mayInvite of AdminsInvite reads Users.isUserAdmin, which wasn't asked then, or not with these arguments",
    ],
    reason: "missing read",
  },
  {
    title: "a question about another user than then",
    lines: [
      decision({
        ...INVITE,
        args: ["@eve:hs", "@bob:hs", "!room:hs"],
        callbacks: [
          called("AdminsInvite", "AdminsInvite.mayInvite", {
            reads: [{ service: "Users.isUserAdmin", args: ["@ann:hs"], answer: false }],
          }),
        ],
      }),
    ],
    modules: [entry("AdminsInvite")],
    words: [
      "AdminsInvite.mayInvite of AdminsInvite reads Users.isUserAdmin, which wasn't asked then, or not with these arguments",
    ],
    reason: "missing read",
  },
  {
    title: "a question to a service whose arguments of then are hashes, without their key",
    lines: [askedAbout(HASHED)],
    modules: [entry("AdminsInvite")],
    words: ["AdminsInvite.mayInvite of AdminsInvite reads Users.isUserAdmin, which is recorded as a hash"],
    reason: "hashed",
  },
  {
    title: "a question to a service whose arguments of then are hashes that were made with another key",
    lines: [askedAbout(HASHED)],
    modules: [entry("AdminsInvite")],
    options: { hasher: PersonalHash.ephemeral() },
    words: [
      "AdminsInvite.mayInvite of AdminsInvite reads Users.isUserAdmin, which is a hash that was made with another key",
    ],
    reason: "another key",
  },
  {
    title: "state whose state keys are hashes that were made with another key",
    lines: [
      decision({
        hook: "ThirdPartyRules.checkEventAllowed",
        args: [message(), { $: "uncarried", of: "the state of the room" }],
        callbacks: [
          called("NamedRooms", "NamedRooms.check", {
            answer: [true, null],
            reads: [{ service: "state", args: ["m.room.name", HASHED], answer: { $: "undefined" } }],
          }),
        ],
        result: [true, null],
        key: "old",
      }),
    ],
    modules: [entry("NamedRooms")],
    options: { hasher: PersonalHash.ephemeral() },
    words: [
      'NamedRooms.check of NamedRooms reads state("m.room.name", ""), which is a hash that was made with another key',
    ],
    reason: "another key",
  },
  {
    title: "state that wasn't looked at then",
    lines: [
      decision({
        hook: "ThirdPartyRules.checkEventAllowed",
        args: [message(), { $: "uncarried", of: "the state of the room" }],
        result: [true, null],
      }),
    ],
    modules: [entry("NamedRooms")],
    words: [
      'NamedRooms.check of NamedRooms reads state("m.room.name", ""), which wasn\'t asked then, or not with these arguments',
    ],
    reason: "missing read",
  },
  {
    title: "a module that remembers what isn't recorded",
    lines: flood(3),
    modules: [entry("FloodGuard", { most: 1 })],
    before: [entry("FloodGuard", { most: 2 })],
    words: [
      "FloodGuard.check of FloodGuard doesn't reproduce the answers that it gave then (flood-2)",
      "FloodGuard.check of FloodGuard doesn't reproduce the answers that it gave then (flood-2)",
    ],
    reason: "not reproducible",
  },
  {
    title: "an answer by what a module was asked before, where the configuration of then isn't known",
    lines: flood(4),
    modules: [entry("FloodGuard", { most: 2 })],
    words: [
      "FloodGuard.check of FloodGuard answers by what it was asked before; only with the configuration of then it's known whether that's recorded",
      "FloodGuard.check of FloodGuard answers by what it was asked before; only with the configuration of then it's known whether that's recorded (flood-2)",
    ],
    reason: "remembers",
  },
  {
    title: "another answer of a module that is the same, and that remembers something outside of its instance",
    lines: [decision({ id: "odd", callbacks: [called("EverySecond", "EverySecond.check")] })],
    modules: [entry("EverySecond")],
    before: [entry("EverySecond")],
    words: ["EverySecond.check of EverySecond doesn't reproduce the answers that it gave then"],
    reason: "not reproducible",
  },
  {
    title: "a later answer of a module that missed a call, where it isn't known whether it remembers",
    lines: [
      decision({ id: "missed", args: [message({ sender: HASHED })] }),
      decision({ args: [message({ sender: "@eve:hs" })] }),
    ],
    modules: [eve()],
    words: [
      "UserFilter.check of UserFilter reads args.0.sender, which is recorded as a hash",
      "UserFilter.check of UserFilter reads args.0.sender, which is recorded as a hash (missed)",
    ],
    reason: "hashed",
  },
  {
    title: "a module that is gone",
    lines: [
      decision({
        result: REFUSED,
        callbacks: [called("Gone", "Gone.check", { answer: REFUSED, decided: true })],
      }),
    ],
    modules: [],
    words: ["Gone had a say then, and neither configuration lists it"],
    reason: "module gone",
  },
  {
    title: "a module that doesn't start without its homeserver",
    lines: [decision()],
    modules: [entry("Listed")],
    words: ["Listed.check of Listed doesn't start without its homeserver"],
    reason: "not started",
  },
  {
    title: "an answer that chance had a part in",
    lines: [decision()],
    modules: [entry("Lottery")],
    words: ["Lottery.check of Lottery asked for random numbers"],
    reason: "chance",
  },
  {
    title: "a callback that doesn't answer",
    lines: [decision()],
    modules: [entry("Sleeper")],
    options: { callbackLimitMs: 20 },
    words: ["Sleeper.check of Sleeper doesn't answer"],
    reason: "no answer",
  },
  {
    title: "a callback that was out of time then",
    lines: [
      decision({
        callbacks: [
          {
            module: "UserFilter",
            callback: "UserFilter.check",
            mode: "enforce",
            error: { name: "LigandError", code: "LIGAND_CALLBACK_TIMEOUT", message: "it didn't answer" },
          },
        ],
      }),
    ],
    modules: [eve()],
    words: [
      "UserFilter.check of UserFilter was subject to what isn't part of a replay: its time, its process or its circuit breaker",
    ],
    reason: "circumstances",
  },
  {
    title: "a result of hashes, without their key",
    lines: [named(HASHED)],
    modules: [entry("NamePicker")],
    words: ["result is recorded as a hash"],
    reason: "hashed",
  },
  {
    title: "a result of hashes that were made with another key",
    lines: [named(HASHED)],
    modules: [entry("NamePicker")],
    options: { hasher: PersonalHash.ephemeral() },
    words: ["result is a hash that was made with another key"],
    reason: "another key",
  },
  {
    title: "a result that wasn't recorded",
    lines: [decision({ hook: "UnsignedFields.addFieldToUnsigned", result: LEFT_OUT })],
    modules: [],
    words: ["result isn't recorded"],
    reason: "left out",
  },
  {
    title: "a record of a newer version",
    lines: [`${JSON.stringify({ ...decision(), version: 2 })}\n`],
    modules: [],
    words: ["the record has a newer format than this version of Ligand knows"],
    reason: "newer version",
  },
  {
    title: "a hook that doesn't exist any more",
    lines: [decision({ hook: "SpamChecker.checkFaxForSpam" })],
    modules: [],
    words: ["SpamChecker.checkFaxForSpam is about a hook that doesn't exist"],
    reason: "no such hook",
  },
  {
    title: "a last line that is cut",
    lines: [JSON.stringify(decision()).slice(0, 80)],
    modules: [],
    words: ["the record isn't a decision"],
    reason: "broken line",
  },
  {
    title: "an argument that can't be one",
    lines: [decision({ hook: "SpamChecker.userMayCreateRoomAlias", args: ["@eve:hs", "no alias"] })],
    modules: [],
    words: ["the record isn't a decision"],
    reason: "broken line",
  },
  {
    title: "a line that isn't a decision",
    lines: ['{"version":1,"id":"x"}\n', `"${"x".repeat(2 * 1024 * 1024)}"\n`],
    modules: [],
    words: ["the record isn't a decision", "the record isn't a decision"],
    reason: "broken line",
  },
];

function askedAbout(user: Recorded): DecisionRecord {
  return decision({
    ...INVITE,
    args: ["@eve:hs", "@bob:hs", "!room:hs"],
    callbacks: [
      called("AdminsInvite", "AdminsInvite.mayInvite", {
        reads: [{ service: "Users.isUserAdmin", args: [user], answer: true }],
      }),
    ],
    key: "old",
  });
}

function named(result: Recorded): DecisionRecord {
  return decision({
    hook: "PasswordAuth.getUsernameForRegistration",
    args: [{ $: "secret" }, { $: "secret" }],
    result,
    key: "old",
  });
}

describe("what a replay can't know", () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  for (const { title, lines, modules, before, options, words, reason } of CASES) {
    it(`is unknown, with its reason: ${title}`, async () => {
      const found = await replayed({
        files: [await folder.record(lines)],
        config: { files: [await folder.config(modules)] },
        ...(before && { baseline: { files: [await folder.config(before, "old.yaml")] } }),
        ...options,
      });
      expect(found.words).to.deep.equal(words.map((each) => `unknown: ${each}`));
      expect(found.summary.unknown.map((each) => each.reason)).to.deep.equal([reason]);
      expect(found.summary.differences).to.equal(0);
    });
  }

  it("has a case for each reason", () => {
    const covered = new Set(CASES.map((each) => each.reason));
    const reasons: Record<UnknownReason, true> = {
      secret: true,
      uncarried: true,
      hashed: true,
      "left out": true,
      cut: true,
      "missing read": true,
      "not reproducible": true,
      remembers: true,
      "module gone": true,
      "not started": true,
      chance: true,
      "no answer": true,
      circumstances: true,
      "another key": true,
      "newer version": true,
      "no such hook": true,
      "broken line": true,
    };
    expect([...covered].toSorted()).to.deep.equal(Object.keys(reasons).toSorted());
  });
});
