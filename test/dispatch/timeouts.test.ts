import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { CATALOGUE, PasswordAuth, SpamChecker, ThirdPartyRules } from "#src/catalogue/index.js";
import type { LigandError } from "#src/errors/ligand-error.js";
import type { Arrangement } from "#src/dispatch/arrangement.js";
import type { HookContext } from "#src/hooks/context.js";
import type { ChainCallback } from "#src/hooks/contribution.js";
import { category } from "#src/hooks/category.js";
import { answerWith, propagate, type FailurePolicy } from "#src/hooks/failure-policy.js";
import { hook } from "#src/hooks/hook.js";
import { legal } from "#src/hooks/legal-answers.js";
import { firstNonNull } from "#src/hooks/strategies.js";
import { RawAnswers } from "#src/dispatch/raw-answers.js";
import type { JsonObject } from "#src/matrix/json.js";
import type { LoginResponse } from "#src/matrix/records.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { settleable } from "./settleable.js";
import { SimulatedTime } from "./simulated-time.js";
import { startCategory, type Callback } from "./start-category.js";

const ALICE = "@alice:example.org";
const ROOM = "!room:example.org";

/** An answer of two functions. */
interface Pair {
  readonly failing: () => Promise<unknown>;
  readonly late: () => Promise<unknown>;
}

const pairs = category({
  name: "Pairs",
  summary: "Hooks of tests.",
  since: "1.0.0",
  hooks: {
    pair: hook<[], Pair, Pair | undefined>({
      summary: "Asked by tests.",
      since: "1.0.0",
      parameters: [],
      answers: legal(
        "two functions",
        firstNonNull((answer) => answer as Pair),
        {
          functions: (answer, watch) => ({
            failing: watch((answer as Pair).failing, { name: "failing", parameters: [] }),
            late: watch((answer as Pair).late, { name: "late", parameters: [] }),
          }),
        },
      ),
      failure: propagate,
      refusal: null,
      shield: false,
    }),
  },
});

const forever = () => new Promise<never>(() => undefined);

function within(timeoutMs: number, added: Partial<ChainCallback> = {}): Arrangement {
  return { arrange: (callback) => ({ ...callback, timeoutMs, ...added }) };
}

function answering(name: string, value: unknown): FailurePolicy {
  return { name, outcome: () => answerWith(value), level: () => "warn" };
}

/** A category in simulated time, whose modules have only `userMayPublishRoom`. */
function publishers(callbacks: Readonly<Record<string, Callback>>, arrangement?: Arrangement) {
  const time = new SimulatedTime();
  const { setModules, ...started } = startCategory(CATALOGUE.spamChecker, {}, { time });
  setModules(
    Object.fromEntries(Object.entries(callbacks).map(([id, userMayPublishRoom]) => [id, { userMayPublishRoom }])),
    arrangement,
  );
  /** Asks, and lets time pass until there is a result. */
  const ask = async (context?: HookContext) => {
    let outcome: unknown;
    const result = Promise.resolve(started.hooks.userMayPublishRoom(ALICE, ROOM, context));
    result.then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { error }),
    );
    await setImmediate();
    const begun = time.now();
    for (let sweep = 0; outcome === undefined && sweep < 1000; sweep++) await time.pass(10);
    return { ...(outcome as { value?: unknown; error?: any }), ms: time.now() - begun };
  };
  const counted = () =>
    started.chains.flatMap(({ plan }) =>
      plan.meter.read().map(({ calls, failures, timeouts }) => ({ calls, failures, timeouts })),
    );
  return { ...started, setModules, time, ask, counted };
}

describe("a callback that has a timeout", () => {
  it("a callback with a timeout fails with LIGAND_CALLBACK_TIMEOUT when its promise is pending longer, by the hook's policy", async () => {
    const { ask, counted, lines } = publishers({ one: forever, two: () => "M_UNKNOWN" }, within(100));
    const { error, ms } = await ask({ requestId: "r" });
    expect([error.code, error.message, ms]).to.deep.equal(["LIGAND_CALLBACK_TIMEOUT", "no answer within 100 ms", 110]);
    expect(counted()).to.deep.equal([
      { calls: 1, failures: 1, timeouts: 1 },
      { calls: 0, failures: 0, timeouts: 0 },
    ]);
    expect(lines()).to.deep.equal([
      {
        level: "error",
        module: "one",
        message:
          "callback one.userMayPublishRoom of module one on SpamChecker.userMayPublishRoom failed: no answer within 100 ms",
        hook: "SpamChecker.userMayPublishRoom",
        callback: "one.userMayPublishRoom",
        requestId: "r",
        stack: "LigandError: no answer within 100 ms",
      },
    ]);
  });

  it("a callback with a timeout fails by its own policy, and those that follow are asked", async () => {
    const failure = answering("allow", NOT_SPAM);
    const failures: unknown[] = [];
    const failed = ({ message }: Error) => void failures.push(message);
    const { ask } = publishers(
      { one: forever, two: forever, three: () => "M_UNKNOWN" },
      within(100, { failure, guard: { current: undefined, failed } }),
    );
    const { value, ms } = await ask();
    expect([value, ms]).to.deep.equal([deny("M_UNKNOWN"), 220]);
    expect(failures).to.deep.equal(["no answer within 100 ms", "no answer within 100 ms"]);
  });

  it("callbacks that follow a time-out, and what awaits the hook, have the AsyncLocalStorage of their request", async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: [who: string, store: string | undefined][] = [];
    const see = (who: string) => void seen.push([who, request.getStore()]);
    const { hooks, time } = publishers(
      {
        one: forever,
        two: async () => {
          see("two");
          await setImmediate();
          see("two, later");
          return forever();
        },
        three: () => see("three"),
      },
      within(50, { failure: answering("allow", NOT_SPAM) }),
    );
    const ask = (name: string) =>
      request.run(name, async () => {
        await hooks.userMayPublishRoom(ALICE, ROOM);
        see("the caller");
      });
    const asked = Promise.all([ask("a"), ask("b")]);
    // Time passes in a request of its own: it's no one's who asks.
    await request.run("a sweep", async () => {
      for (let sweep = 0; sweep < 12; sweep++) await time.pass(10);
    });
    await asked;
    const who = ["two", "two, later", "three", "the caller"];
    expect(seen.filter(([, store]) => store === "a")).to.deep.equal(who.map((each) => [each, "a"]));
    expect(seen.filter(([, store]) => store === "b")).to.deep.equal(who.map((each) => [each, "b"]));
    expect(seen).to.have.lengthOf(8);
  });

  it("a callback with a timeout has all of it for each call", async () => {
    const { ask, counted } = publishers(
      { one: forever, two: () => NOT_SPAM },
      within(50, { failure: answering("a", 0) }),
    );
    for (let call = 1; call <= 3; call++) {
      expect((await ask()).ms).to.equal(60);
      expect(counted()[0]).to.deep.equal({ calls: call, failures: call, timeouts: call });
    }
  });

  it("a callback with a timeout has its answer used, however late it comes, when it answers without a promise", async () => {
    const { time, ask, setModules, counted } = publishers({});
    const slow = () => {
      void time.pass(5000);
      return "M_FORBIDDEN";
    };
    setModules({ one: { userMayPublishRoom: slow } }, within(100));
    expect((await ask()).value).to.deep.equal(deny("M_FORBIDDEN"));
    expect(counted()).to.deep.equal([{ calls: 1, failures: 0, timeouts: 0 }]);
  });

  it("a callback with a timeout has its late answer dropped, and its late error logged once", async () => {
    const answers = [settleable(), settleable()];
    let call = 0;
    const { ask, lines, counted } = publishers({ one: () => answers[call++]!.promise }, within(10));
    await ask();
    await ask({ requestId: "second" });
    const before = lines().length;
    answers[0]!.resolve("M_FORBIDDEN");
    answers[1]!.reject(new Error("late"));
    await setImmediate();
    expect(lines().slice(before)).to.deep.equal([
      {
        level: "warn",
        module: "one",
        message:
          "callback one.userMayPublishRoom of module one on SpamChecker.userMayPublishRoom, given up before, failed: late",
        hook: "SpamChecker.userMayPublishRoom",
        callback: "one.userMayPublishRoom",
        requestId: "second",
        stack: "Error: late",
      },
    ]);
    expect(counted()).to.deep.equal([{ calls: 2, failures: 2, timeouts: 2 }]);
  });

  it("a callback with a timeout has its call timed until it settles, however late", async () => {
    const late = settleable();
    const { ask, chains } = publishers({ one: () => late.promise }, within(10));
    const timed = () => chains.flatMap(({ plan }) => plan.meter.read().map(({ durations }) => durations?.count ?? 0));
    await ask();
    expect(timed()).to.deep.equal([0]);
    late.resolve(NOT_SPAM);
    await setImmediate();
    expect(timed()).to.deep.equal([1]);
  });

  it("a callback with a timeout has no secret argument shown by its late error", async () => {
    const time = new SimulatedTime();
    const { hooks, setModules, lines } = startCategory(CATALOGUE.passwordAuth, {}, { time });
    const late = settleable();
    setModules({ one: { check3pidAuth: () => late.promise } }, within(10));
    const result = hooks.check3pidAuth("email", "a@example.org", "hunter2");
    await time.pass(10);
    await time.pass(10);
    expect(await result).to.equal(undefined);
    late.reject(new Error("no hunter2"));
    await setImmediate();
    expect(lines().map((line: any) => line.message.split(" on ")[1])).to.deep.equal([
      "PasswordAuth.check3pidAuth failed: no answer within 10 ms",
      "PasswordAuth.check3pidAuth, given up before, failed: no [redacted]",
    ]);
  });

  it("a callback with a timeout sees its signal fire after it was given up, and stops without a line or a second count", async () => {
    const seen: unknown[] = [];
    class Listens {
      @SpamChecker.userMayPublishRoom()
      async check(_user: string, _room: string, { signal }: HookContext): Promise<typeof NOT_SPAM> {
        return new Promise((_resolve, reject) => {
          signal!.addEventListener("abort", () => {
            seen.push((signal!.reason as LigandError).code);
            reject(new DOMException("stopped", "AbortError"));
          });
        });
      }
    }
    const { ask, setModules, lines, counted } = publishers({});
    setModules({ one: Listens }, within(20));
    const { error } = await ask();
    await setImmediate();
    expect([error.code, seen]).to.deep.equal(["LIGAND_CALLBACK_TIMEOUT", ["LIGAND_CALLBACK_TIMEOUT"]]);
    expect(counted()).to.deep.equal([{ calls: 1, failures: 1, timeouts: 1 }]);
    expect(lines()).to.have.length(1);
  });

  it("a callback with a timeout receives the request's context with a signal of its own, which fires with the request's", async () => {
    const contexts: HookContext[] = [];
    class Looks {
      @SpamChecker.userMayPublishRoom()
      async check(_user: string, _room: string, context: HookContext): Promise<typeof NOT_SPAM> {
        contexts.push(context);
        if (context.requestId === "waits") await forever();
        return NOT_SPAM;
      }
    }
    const { hooks, setModules } = publishers({});
    setModules({ one: Looks }, within(20));
    const request = new AbortController();
    await hooks.userMayPublishRoom(ALICE, ROOM, { requestId: "r", origin: "local", signal: request.signal });
    void hooks.userMayPublishRoom(ALICE, ROOM, { requestId: "waits", signal: request.signal });
    await hooks.userMayPublishRoom(ALICE, ROOM);
    expect(contexts.map((context) => ({ ...context }))).to.deep.equal([
      { requestId: "r", origin: "local" },
      { requestId: "waits" },
      {},
    ]);
    const [answered, waiting, without] = contexts.map(({ signal }) => signal!);
    request.abort("gone");
    expect([answered, waiting, without].map((signal) => signal?.aborted)).to.deep.equal([false, true, false]);
    expect(waiting!.reason).to.equal("gone");
  });

  it("a callback with a timeout costs no object of its own where it doesn't look at its context", async () => {
    const { setModules, chains } = publishers({});
    class Blind {
      @SpamChecker.userMayPublishRoom()
      async check(_user: string) {
        return NOT_SPAM;
      }
    }
    const held: ChainCallback[] = [];
    setModules({ one: Blind }, { arrange: (callback) => (held.push({ ...callback, timeoutMs: 5 }), held[0]!) });
    expect(chains.flatMap(({ plan }) => plan.calls)).to.deep.equal([held[0]!.call]);
  });

  it("a callback with a timeout bounds the shield: a cancelled request waits for the answer or the end of the budget, and sees the cancellation", async () => {
    const time = new SimulatedTime();
    const { hooks, setModules, chains } = startCategory(CATALOGUE.thirdPartyRules, {}, { time });
    setModules({ one: { checkThreepidCanBeInvited: forever } }, within(100));
    const request = new AbortController();
    let outcome: any;
    const given = ["email", "a@example.org", undefined as never, { signal: request.signal }] as const;
    Promise.resolve(hooks.checkThreepidCanBeInvited(...given)).catch((error: unknown) => (outcome = error));
    await setImmediate();
    request.abort();
    for (let sweep = 0; sweep < 10; sweep++) await time.pass(10);
    expect(outcome).to.equal(undefined);
    await time.pass(10);
    expect(outcome.code).to.equal("LIGAND_CANCELLED");
    const [counted] = chains.flatMap(({ plan }) => plan.meter.read());
    expect([counted!.failures, counted!.timeouts]).to.deep.equal([0, 1]);
  });

  it("a callback with a timeout has its changes of a live argument taken over only if it answers in time", async () => {
    const time = new SimulatedTime();
    const { hooks, setModules } = startCategory(CATALOGUE.thirdPartyRules, {}, { time });
    const waits = [settleable(), settleable(), settleable()];
    class Changes {
      #call = 0;
      @ThirdPartyRules.onCreateRoom()
      async change(_requester: object, content: JsonObject): Promise<void> {
        const call = this.#call++;
        content["before"] = call;
        await waits[call]!.promise;
        content["after"] = call;
        delete content["name"];
        if (call === 1) throw new Error("boom");
      }
    }
    setModules({ one: Changes }, within(10, { failure: answering("allow", undefined) }));
    const contents = waits.map(() => ({ name: "room" }) as JsonObject);
    const results = contents.map((content) => hooks.onCreateRoom({} as never, content, false));
    await setImmediate();
    waits[0]!.resolve();
    waits[1]!.resolve();
    await setImmediate();
    await time.pass(10);
    await time.pass(10);
    await Promise.all(results);
    waits[2]!.resolve();
    await setImmediate();
    expect(contents).to.deep.equal([{ before: 0, after: 0 }, { before: 1, after: 1 }, { name: "room" }]);
  });

  it("a callback with a timeout gives its timeout to the success callback of an auth checker, whose late changes are dropped", async () => {
    const time = new SimulatedTime();
    const { hooks, chains, setModules, lines } = startCategory(CATALOGUE.passwordAuth, {}, { time });
    const late = settleable();
    class Checker {
      @PasswordAuth.authChecker("m.login.password", ["password"])
      check(user: string) {
        const onLogin = async (response: LoginResponse) => {
          if (user === "slow") await late.promise;
          response.device_id = "SEEN";
        };
        return [ALICE, onLogin] as const;
      }
    }
    setModules({ one: Checker }, within(50));
    const login = async (user: string) => {
      const response: LoginResponse = { user_id: ALICE, access_token: "t", home_server: "hs", device_id: "D" };
      const [, onLogin] = (await hooks.checkAuth(user, "m.login.password", { password: "p" }, { requestId: user }))!;
      const outcome = Promise.resolve(onLogin!(response)).then(
        () => "done",
        ({ code }: LigandError) => code,
      );
      for (let sweep = 0; sweep < 7; sweep++) await time.pass(10);
      return { response, outcome: await outcome };
    };
    expect(await login("fast")).to.deep.equal({
      response: { user_id: ALICE, access_token: "t", home_server: "hs", device_id: "SEEN" },
      outcome: "done",
    });
    const slow = await login("slow");
    late.resolve();
    await setImmediate();
    expect(slow).to.deep.equal({
      response: { user_id: ALICE, access_token: "t", home_server: "hs", device_id: "D" },
      outcome: "LIGAND_CALLBACK_TIMEOUT",
    });
    expect(lines().map((line: any) => [line.level, line.requestId, line.message])).to.deep.equal([
      [
        "error",
        "slow",
        "onLogin of callback Checker.check of module one on PasswordAuth.authChecker failed: no answer within 50 ms",
      ],
    ]);
    const counted = chains.flatMap(({ plan }) => plan.meter.read());
    expect(counted.map(({ calls, failures, timeouts }) => [calls, failures, timeouts])).to.deep.equal([[2, 1, 1]]);
  });

  it("a callback with a timeout fails once with the success callback of an auth checker that fails by itself after its time", async () => {
    const time = new SimulatedTime();
    const late = settleable();
    class Checker {
      @PasswordAuth.authChecker("m.login.password", ["password"])
      check() {
        return [ALICE, () => late.promise] as const;
      }
    }
    const { hooks, chains, setModules } = startCategory(CATALOGUE.passwordAuth, {}, { time });
    setModules({ one: Checker }, within(50));
    const [, onLogin] = (await hooks.checkAuth("a", "m.login.password", { password: "p" }))!;
    const outcome = Promise.resolve(onLogin!({} as LoginResponse)).catch((thrown: unknown) => thrown);
    for (let passed = 0; passed < 60; passed += 10) await time.pass(10);
    expect(await outcome).to.have.property("code", "LIGAND_CALLBACK_TIMEOUT");
    late.reject(new Error("too late"));
    await setImmediate();
    const counted = chains.flatMap(({ plan }) => plan.meter.read());
    expect(counted.map(({ calls, failures, timeouts }) => ({ calls, failures, timeouts }))).to.deep.equal([
      { calls: 1, failures: 1, timeouts: 1 },
    ]);
  });

  it("a callback with a timeout fails once with two functions of its answer, one that fails and one that takes too long", async () => {
    const time = new SimulatedTime();
    const { hooks, chains, setModules } = startCategory(pairs, {}, { time });
    const pair: Pair = { failing: () => Promise.reject(new Error("broken")), late: forever };
    setModules({ one: { pair: () => pair } }, within(50));
    const { failing, late } = (await hooks.pair())!;
    const outcomes = Promise.all(
      [failing(), late()].map((promise) => promise.catch((error: unknown) => (error as LigandError).code)),
    );
    for (let passed = 0; passed < 60; passed += 10) await time.pass(10);
    expect(await outcomes).to.deep.equal([undefined, "LIGAND_CALLBACK_TIMEOUT"]);
    const counted = chains.flatMap(({ plan }) => plan.meter.read());
    expect(counted.map(({ calls, failures, timeouts }) => ({ calls, failures, timeouts }))).to.deep.equal([
      { calls: 1, failures: 1, timeouts: 0 },
    ]);
  });
});

describe("a request that has a deadline", () => {
  const allow = { arrange: (callback: ChainCallback) => ({ ...callback, failure: answering("allow", NOT_SPAM) }) };

  it("a deadline fails callbacks that haven't answered 200 ms before it, and those that follow aren't called", async () => {
    const { time, ask, asked, counted } = publishers({ one: forever, two: () => "M_UNKNOWN", three: forever }, allow);
    const { value, ms } = await ask({ deadline: time.date() + 500 });
    expect(value).to.equal(NOT_SPAM);
    expect(ms).to.be.within(300, 320);
    expect(asked).to.deep.equal(["one"]);
    expect(counted().map(({ failures, timeouts }) => [failures, timeouts])).to.deep.equal([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it("a deadline counts for a callback that's given up with the time that it waited, and not with that of those before", async () => {
    const time = new SimulatedTime();
    const { hooks, chains, setModules } = startCategory(CATALOGUE.spamChecker, {}, { time });
    const first = settleable();
    const [one, two] = [() => first.promise, forever];
    setModules({ one: { userMayPublishRoom: one }, two: { userMayPublishRoom: two } }, allow);
    const answer = hooks.userMayPublishRoom(ALICE, ROOM, { deadline: time.date() + 500 });
    for (let sweep = 0; sweep < 10; sweep++) await time.pass(10);
    first.resolve(NOT_SPAM);
    for (let sweep = 0; sweep < 25; sweep++) await time.pass(10);
    expect(await answer).to.equal(NOT_SPAM);
    const had = chains.flatMap(({ plan }) => plan.meter.read().map(({ longestGivenUpMs }) => longestGivenUpMs));
    expect(had).to.deep.equal([undefined, 200]);
  });

  it("a deadline fails no callback's circuit breaker but that of the one that was waited for", async () => {
    const failed: string[] = [];
    const arrange = (callback: ChainCallback) => ({
      ...allow.arrange(callback),
      guard: { current: undefined, failed: () => void failed.push(callback.module.id) },
    });
    const { time, ask } = publishers({ one: () => NOT_SPAM, two: forever, three: () => NOT_SPAM }, { arrange });
    expect((await ask({ deadline: time.date() + 500 })).value).to.equal(NOT_SPAM);
    expect(failed).to.deep.equal(["two"]);
  });

  it("a deadline lets callbacks answer before it, one after another", async () => {
    const wait = async () => NOT_SPAM;
    const { time, ask, counted } = publishers({ one: wait, two: wait, three: () => "M_UNKNOWN" }, allow);
    expect((await ask({ deadline: time.date() + 500 })).value).to.deep.equal(deny("M_UNKNOWN"));
    expect(counted().map(({ timeouts }) => timeouts)).to.deep.equal([0, 0, 0]);
    // Nothing waits any more.
    await time.pass(10);
    expect(time.intervals).to.equal(0);
  });

  it("a deadline counts for all callbacks together, and the timeout of each for itself", async () => {
    const failure = answering("allow", NOT_SPAM);
    const { time, ask, asked } = publishers({ one: forever, two: forever, three: forever }, within(120, { failure }));
    const { value, ms } = await ask({ deadline: time.date() + 400 });
    expect(value).to.equal(NOT_SPAM);
    expect(ms).to.be.within(200, 220);
    expect(asked).to.deep.equal(["one", "two"]);
  });

  it("a deadline that has passed fails a callback that answers with a promise in the next sweep", async () => {
    const { time, ask } = publishers({ one: forever }, allow);
    const { value, ms } = await ask({ deadline: time.date() - 1 });
    expect(value).to.equal(NOT_SPAM);
    expect(ms).to.be.at.most(20);
  });

  it("a deadline fails all callbacks that are asked together", async () => {
    const join: Arrangement["join"] = ([first, ...others]) =>
      first ? [{ ...first, joined: true, call: () => forever().then(() => new RawAnswers([])) }, ...others] : [];
    const { time, ask, asked } = publishers({ one: forever, two: forever }, { ...allow, join });
    const { value } = await ask({ deadline: time.date() + 300 });
    expect([value, asked]).to.deep.equal([NOT_SPAM, []]);
  });
});
