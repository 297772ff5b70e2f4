import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Arrangement } from "#src/dispatch/arrangement.js";
import type { ChainCallback } from "#src/hooks/contribution.js";
import { answerWith, type FailurePolicy } from "#src/hooks/failure-policy.js";
import { NOT_ASKED } from "#src/hooks/narrowing.js";
import { RawAnswers } from "#src/dispatch/raw-answers.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { startCategory } from "./start-category.js";

const ALICE = "@alice:example.org";
const ROOM = "!room:example.org";

const fail = () => {
  throw new Error("boom");
};
const allow: FailurePolicy = { name: "allow", outcome: () => answerWith(NOT_SPAM), level: () => "warn" };

/** Adds to the callbacks of one module. */
function to(id: string, added: Partial<ChainCallback>): Arrangement {
  return { arrange: (callback) => (callback.module.id === id ? { ...callback, ...added } : callback) };
}

describe("an arrangement of callbacks", () => {
  it("an arrangement leaves a callback of which nothing is asked the same object", () => {
    const { chains, setModules } = startCategory(CATALOGUE.spamChecker);
    const given: ChainCallback[] = [];
    setModules(
      { one: { userMayPublishRoom: () => NOT_SPAM } },
      { arrange: (callback) => (given.push(callback), callback) },
    );
    const [held] = chains.flatMap(({ plan }) => plan.callbacks);
    expect(held).to.equal(given[0]);
  });

  it("an arrangement receives the hook and the name of the chain", () => {
    const seen: unknown[] = [];
    const { setModules } = startCategory(CATALOGUE.spamChecker);
    setModules(
      { one: { userMayPublishRoom: () => NOT_SPAM } },
      { arrange: (callback, hook, chain) => (seen.push([callback.module.id, hook, chain]), callback) },
    );
    expect(seen).to.deep.equal([
      ["one", CATALOGUE.spamChecker.hooks.userMayPublishRoom, "SpamChecker.userMayPublishRoom"],
    ]);
  });

  it("an arrangement doesn't ask a callback that is in shadow, and doesn't name it", () => {
    const { hooks, asked, setModules } = startCategory(CATALOGUE.spamChecker);
    setModules(
      { one: { userMayPublishRoom: () => "M_FORBIDDEN" }, two: { userMayPublishRoom: () => "M_UNKNOWN" } },
      to("one", { shadow: true }),
    );
    expect(hooks.userMayPublishRoom(ALICE, ROOM)).to.deep.equal(deny("M_UNKNOWN"));
    expect(asked).to.deep.equal(["two"]);
    expect(hooks.userMayPublishRoom.callbacks).to.deep.equal([{ module: "two", name: "two.userMayPublishRoom" }]);
  });

  it("an arrangement may enforce a callback for some arguments and keep it in shadow for the others", () => {
    const { hooks, setModules } = startCategory(CATALOGUE.spamChecker);
    setModules(
      { one: { userMayPublishRoom: () => "M_FORBIDDEN" } },
      {
        arrange: (callback) => [
          { ...callback, call: (user, ...rest) => (user === ALICE ? callback.call(user, ...rest) : NOT_ASKED) },
          { ...callback, shadow: true },
        ],
      },
    );
    expect(hooks.userMayPublishRoom(ALICE, ROOM)).to.deep.equal(deny("M_FORBIDDEN"));
    expect(hooks.userMayPublishRoom("@bob:example.org", ROOM)).to.equal(NOT_SPAM);
    expect(hooks.userMayPublishRoom.callbacks).to.deep.equal([{ module: "one", name: "one.userMayPublishRoom" }]);
  });

  it("an arrangement lets the second module take part in a category that has one, if the first is in shadow", () => {
    const { hooks, lines, setModules } = startCategory(CATALOGUE.backgroundUpdates);
    setModules({ one: { minBatchSize: () => 1 }, two: { minBatchSize: () => 2 } }, to("one", { shadow: true }));
    expect(hooks.minBatchSize.callbacks).to.deep.equal([{ module: "two", name: "two.minBatchSize" }]);
    expect(lines()).to.deep.equal([]);
  });

  it("an arrangement joins neighbours after it has arranged each", () => {
    const { hooks, setModules } = startCategory(CATALOGUE.spamChecker);
    const joined: unknown[] = [];
    setModules(
      { one: { userMayPublishRoom: () => NOT_SPAM }, two: { userMayPublishRoom: () => NOT_SPAM } },
      {
        ...to("two", { timeoutMs: 5 }),
        join(callbacks, hook, chain) {
          joined.push([callbacks.map(({ module, timeoutMs }) => [module.id, timeoutMs]), hook, chain]);
          return callbacks.map((callback) => ({ ...callback, call: () => "M_UNKNOWN" }));
        },
      },
    );
    expect(hooks.userMayPublishRoom(ALICE, ROOM)).to.deep.equal(deny("M_UNKNOWN"));
    const { userMayPublishRoom } = CATALOGUE.spamChecker.hooks;
    expect(joined.filter(([callbacks]: any) => callbacks.length > 0)).to.deep.equal([
      [
        [
          ["one", undefined],
          ["two", 5],
        ],
        userMayPublishRoom,
        "SpamChecker.userMayPublishRoom",
      ],
    ]);
  });
});

describe("a callback with a failure policy of its own", () => {
  it("a callback with a failure policy of its own has its failures answered by it, and the hook's policy is left to the others", async () => {
    const { hooks, setModules } = startCategory(CATALOGUE.spamChecker);
    setModules({ one: { userMayPublishRoom: fail } }, to("one", { failure: allow }));
    expect(hooks.userMayPublishRoom(ALICE, ROOM)).to.equal(NOT_SPAM);
    setModules({ one: { userMayPublishRoom: async () => fail() } }, to("one", { failure: allow }));
    expect(await hooks.userMayPublishRoom(ALICE, ROOM)).to.equal(NOT_SPAM);
    setModules({ one: { userMayPublishRoom: fail } }, to("two", { failure: allow }));
    expect(() => hooks.userMayPublishRoom(ALICE, ROOM)).to.throw("boom");
  });

  it("a callback with a failure policy of its own refuses by a MatrixError of 4xx, which is neither a failure nor replaced", () => {
    const failures: string[] = [];
    const { hooks, chains, setModules } = startCategory(CATALOGUE.spamChecker);
    const failed = (error: Error) => void failures.push(error.message);
    for (const [status, counted] of [
      [400, 0],
      [403, 0],
      [499, 0],
      [500, 1],
      [502, 2],
    ] as const) {
      const refuse = () => {
        throw new MatrixError(status, `status ${status}`);
      };
      setModules(
        { one: { userMayPublishRoom: refuse } },
        to("one", { failure: allow, guard: { current: undefined, failed } }),
      );
      if (status < 500) expect(() => hooks.userMayPublishRoom(ALICE, ROOM)).to.throw(`status ${status}`);
      else expect(hooks.userMayPublishRoom(ALICE, ROOM)).to.equal(NOT_SPAM);
      const [counts] = chains.flatMap(({ plan }) => plan.meter.read());
      expect(counts!.failures).to.equal(counted);
    }
    expect(failures).to.deep.equal(["status 500", "status 502"]);
  });

  it("a callback with a failure policy of its own counts a MatrixError of 4xx as a failure where the hook doesn't let it pass", () => {
    const failures: string[] = [];
    const { hooks, setModules } = startCategory(CATALOGUE.passwordAuth);
    const refuse = () => {
      throw new MatrixError(403, "no");
    };
    setModules(
      { one: { onLoggedOut: refuse } },
      to("one", { guard: { current: undefined, failed: (error) => void failures.push(error.message) } }),
    );
    void hooks.onLoggedOut(ALICE, null, "token");
    expect(failures).to.deep.equal(["no"]);
  });
});

describe("callbacks that are asked together", () => {
  it("callbacks that are asked together are judged as if each had been called, and those behind them are called", async () => {
    const { hooks, asked, chains, setModules } = startCategory(CATALOGUE.spamChecker);
    const run = (answers: RawAnswers): Arrangement => ({
      join: ([first, ...others]) => (first ? [{ ...first, joined: true, call: async () => answers }, ...others] : []),
    });
    const module = { userMayPublishRoom: () => NOT_SPAM };
    const modules = { one: module, two: module, three: { userMayPublishRoom: () => "M_UNKNOWN" } };
    const outcome = async (answers: RawAnswers) => {
      setModules({}, {});
      const before = asked.length;
      setModules(modules, run(answers));
      const result = await Promise.resolve(hooks.userMayPublishRoom(ALICE, ROOM)).catch(String);
      const counted = chains.flatMap(({ plan }) => plan.meter.read().map(({ calls, failures }) => [calls, failures]));
      return { result, asked: asked.slice(before), counted };
    };
    expect(await outcome(new RawAnswers([NOT_SPAM]))).to.deep.equal({
      result: deny("M_UNKNOWN"),
      asked: ["two", "three"],
      counted: [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
    });
    expect(await outcome(new RawAnswers([NOT_SPAM, NOT_ASKED, "M_FORBIDDEN"]))).to.deep.equal({
      result: deny("M_FORBIDDEN"),
      asked: [],
      counted: [
        [1, 0],
        [0, 0],
        [1, 0],
      ],
    });
    expect(await outcome(new RawAnswers([NOT_SPAM], { thrown: new Error("boom") }))).to.deep.equal({
      result: "Error: boom",
      asked: [],
      counted: [
        [1, 0],
        [1, 1],
        [0, 0],
      ],
    });
    expect(await outcome(new RawAnswers([], { thrown: new Error("boom") }))).to.deep.equal({
      result: "Error: boom",
      asked: [],
      counted: [
        [1, 1],
        [0, 0],
        [0, 0],
      ],
    });
  });
});

describe("an exchange of a chain's callbacks", () => {
  const counted = (chains: StartedChains) =>
    chains.flatMap(({ plan }) =>
      plan.meter.read().map(({ calls, failures, notAsked }, index) => {
        return [plan.callbacks[index]!.module.id, calls, failures, notAsked];
      }),
    );
  type StartedChains = ReturnType<typeof startCategory>["chains"];

  it("an exchange of a chain's callbacks keeps the counters of those that stay, wherever they stand then", () => {
    const { hooks, chains, setModules } = startCategory(CATALOGUE.spamChecker);
    const one = { userMayPublishRoom: () => NOT_SPAM };
    const two = { userMayPublishRoom: fail };
    setModules({ one, two });
    expect(() => hooks.userMayPublishRoom(ALICE, ROOM)).to.throw("boom");
    setModules({ three: one, two, one });
    expect(() => hooks.userMayPublishRoom(ALICE, ROOM)).to.throw("boom");
    expect(counted(chains)).to.deep.equal([
      ["three", 1, 0, 0],
      ["two", 2, 2, 0],
      ["one", 1, 0, 0],
    ]);
  });

  it("an exchange of a chain's callbacks counts what dispatches that waited through it come to", async () => {
    const { hooks, chains, setModules } = startCategory(CATALOGUE.spamChecker);
    let resolve!: (answer: typeof NOT_SPAM) => void;
    const promise = new Promise<typeof NOT_SPAM>((settle) => (resolve = settle));
    const modules = {
      one: { userMayPublishRoom: () => promise },
      two: { userMayPublishRoom: () => NOT_SPAM },
      three: { userMayPublishRoom: () => NOT_ASKED },
      four: { userMayPublishRoom: async () => fail() },
    };
    setModules(modules);
    const waiting = hooks.userMayPublishRoom(ALICE, ROOM);
    setModules(modules);
    setModules(modules);
    resolve(NOT_SPAM);
    await Promise.resolve(waiting).catch(() => undefined);
    expect(counted(chains)).to.deep.equal([
      ["one", 1, 0, 0],
      ["two", 1, 0, 0],
      ["three", 0, 0, 1],
      ["four", 1, 1, 0],
    ]);
  });
});
