import { expect } from "chai";
import type { DecisionRecord } from "#src/decisions/decision-record.js";
import type { ReplayOptions } from "#src/replay/replay.js";
import { called, decision, entry, Folder, message, replayed } from "./recorded.js";

const REFUSED = { code: "M_FORBIDDEN", fields: {} };

describe("a replay", () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  const replay = async (
    lines: readonly (DecisionRecord | string)[],
    modules: readonly object[],
    options: Partial<ReplayOptions> & { readonly before?: readonly object[] } = {},
  ) => {
    const { before, ...others } = options;
    return replayed({
      files: [await folder.record(lines)],
      config: { files: [await folder.config(modules)] },
      ...(before && { baseline: { files: [await folder.config(before, "old.yaml")] } }),
      ...others,
    });
  };

  it("says which decisions a new configuration would have made otherwise, and counts the rest", async () => {
    const { words, summary, decisions } = await replay(
      [decision({ id: "gold" }), decision({ id: "tea", args: [message({ content: { body: "have tea" } })] })],
      [entry("WordFilter", { words: ["gold"] })],
    );
    expect(words).to.deep.equal(["refuses"]);
    expect(decisions[0]).to.deep.include({
      line: 1,
      change: "refuses",
      then: { result: "NOT_SPAM", changed: {} },
      now: { result: { code: "M_FORBIDDEN", error: "No gold, please", fields: {} }, changed: {} },
      decidedNow: { module: "WordFilter", callback: "WordFilter.check" },
    });
    expect([summary.decisions, summary.same, summary.differences]).to.deep.equal([2, 1, 1]);
  });

  it("allows what a module refused that was left out on purpose", async () => {
    const refused = decision({
      result: REFUSED,
      callbacks: [called("UserFilter", "UserFilter.check", { answer: REFUSED, decided: true })],
    });
    const users = entry("UserFilter", { users: ["@eve:hs"] });
    expect((await replay([refused], [users])).words).to.deep.equal([]);
    expect((await replay([refused], [users], { without: ["UserFilter"] })).words).to.deep.equal(["allows"]);
    expect((await replay([refused], [], { before: [users] })).words).to.deep.equal(["allows"]);
  });

  it("makes a decision anew in which a module fails, whatever isn't recorded of the message that it failed on", async () => {
    const error = { name: "Error", message: "out of order" };
    const withheld = message({ sender: { $: "hashed", of: "h:eve" }, content: { $: "left out" } });
    const failed = (changes: Partial<DecisionRecord>) =>
      decision({ args: [withheld], callbacks: [called("Failing", "Failing.check", { error })], ...changes });
    const { result: _, ...refused } = failed({ error });
    const allowing = [entry("Failing", undefined, { on_failure: "allow" })];
    expect((await replay([refused], [entry("Failing")])).words).to.deep.equal([]);
    expect((await replay([failed({})], allowing)).words).to.deep.equal([]);
    expect((await replay([refused], allowing)).words).to.deep.equal(["changes"]);
  });

  it("happens in the time of the record", async () => {
    const { words } = await replay(
      [decision({ time: "2026-03-02T03:00:00.000Z" }), decision({ time: "2026-03-02T12:00:00.000Z" })],
      [entry("Curfew")],
    );
    expect(words).to.deep.equal(["refuses"]);
    expect(Math.abs(new Date().getTime() - performance.timeOrigin - performance.now())).to.be.below(60_000);
  });

  it("lets a service's error through to the client as it was let through then, whether or not all of it is known", async () => {
    const error = { name: "LimitExceededError", message: "slow down", status: 429, errcode: "M_LIMIT_EXCEEDED" };
    const { result: _, ...invite } = decision({
      hook: "SpamChecker.userMayInvite",
      args: ["@eve:hs", "@bob:hs", "!room:hs"],
      error,
      callbacks: [
        called("AdminsInvite", "AdminsInvite.mayInvite", {
          error,
          decided: true,
          reads: [{ service: "Users.isUserAdmin", args: ["@eve:hs"], error }],
        }),
      ],
    });
    const { words, summary } = await replay([invite], [entry("AdminsInvite")]);
    expect([words, summary.same, summary.unknown]).to.deep.equal([[], 1, []]);
  });

  it("answers services and the state of the room as they answered then", async () => {
    const invite = (isAdmin: boolean) =>
      decision({
        hook: "SpamChecker.userMayInvite",
        args: ["@eve:hs", "@bob:hs", "!room:hs"],
        callbacks: [
          called("AdminsInvite", "AdminsInvite.mayInvite", {
            reads: [{ service: "Users.isUserAdmin", args: ["@eve:hs"], answer: isAdmin }],
          }),
        ],
      });
    const named = decision({
      hook: "ThirdPartyRules.checkEventAllowed",
      args: [message(), { $: "uncarried", of: "the state of the room" }],
      result: [true, null],
      callbacks: [
        called("NamedRooms", "NamedRooms.check", {
          answer: [true, null],
          reads: [{ service: "state", args: ["m.room.name", ""], answer: { $: "undefined" } }],
        }),
      ],
    });
    const { words } = await replay([invite(true), invite(false), named], [entry("AdminsInvite"), entry("NamedRooms")]);
    expect(words).to.deep.equal(["refuses", "refuses"]);
  });

  it("does nothing by itself, and only notes what acts", async () => {
    const { words, summary } = await replay([decision()], [entry("Noting")]);
    expect(words).to.deep.equal(["refuses"]);
    expect([...summary.acts]).to.deep.equal([["AccountDataStore.putGlobal", 1]]);
  });

  it("compares what callbacks change in a request", async () => {
    const { words } = await replay(
      [
        decision({
          hook: "ThirdPartyRules.onCreateRoom",
          args: [{ user: "@eve:hs", userId: "@eve:hs", isGuest: false }, { topic: "tea" }, false],
          result: { $: "undefined" },
        }),
      ],
      [entry("RoomNamer")],
    );
    expect(words).to.deep.equal(["changes"]);
  });

  it("fires timers of a callback that has nothing else to wait for", async () => {
    expect((await replay([decision()], [entry("Waiter")])).words).to.deep.equal([]);
  });

  it("asks an enforced module that was in shadow then, and leaves out one that is in shadow now", async () => {
    const shadowed = decision({
      callbacks: [called("WordFilter", "WordFilter.check", { mode: "shadow", shadow: "refuses", answer: REFUSED })],
    });
    const words = { words: ["gold"] };
    expect((await replay([shadowed], [entry("WordFilter", words)])).words).to.deep.equal(["refuses"]);
    expect((await replay([shadowed], [entry("WordFilter", words, { mode: "shadow" })])).words).to.deep.equal([]);
  });

  it("a circuit breaker doesn't open for what isn't in the record", async () => {
    const operate = {
      circuit_breaker: { failure_rate: "50%", min_calls: 2, window: "1m", open_for: "1h" },
      on_failure: "allow",
    };
    const hidden = () => decision({ args: [message({ content: { $: "left out" } })] });
    const { words } = await replay(
      [hidden(), hidden(), hidden(), decision()],
      [entry("WordFilter", { words: ["gold"] }, operate)],
      { before: [entry("WordFilter", { words: [] }, operate)] },
    );
    const unknown = "unknown: WordFilter.check of WordFilter reads args.0.content, which isn't recorded";
    expect(words).to.deep.equal([unknown, unknown, unknown, "refuses"]);
  });

  it("replays take turns in one process, and leave it its own time", async () => {
    const real = [Date, Math.random, performance.now];
    const night = [decision({ time: "2026-03-02T03:00:00.000Z" })];
    const day = [decision({ time: "2026-03-02T12:00:00.000Z" })];
    const config = { files: [await folder.config([entry("Curfew")])] };
    const files = [await folder.record(night, "night.jsonl"), await folder.record(day, "day.jsonl")];
    const both = await Promise.all(files.map((file) => replayed({ files: [file], config })));
    expect(both.map(({ words }) => words)).to.deep.equal([["refuses"], []]);
    expect([Date, Math.random, performance.now]).to.deep.equal(real);
  });
});
