import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Operate } from "#src/config/operate/operate.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import type { ChainCallback } from "#src/hooks/contribution.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { Operation } from "#src/operate/operation.js";
import { requester } from "#src/testing/builders.js";
import { failureOf } from "../failure-of.js";
import { settleable, type Settleable } from "../dispatch/settleable.js";
import { SimulatedTime } from "../dispatch/simulated-time.js";
import { startCategory, type ModuleOfFunctions } from "../dispatch/start-category.js";
import { settingsOf } from "./operate-settings-of.js";

const ANN = "@ann:example.org";
const BOB = "@bob:elsewhere.org";
const ROOM = "!room:example.org";
const FORBIDDEN = deny("M_FORBIDDEN");

/** Modules of the spam checker with what stands below the `operate:` of each, and a clock that stands still. */
async function operated(modules: Readonly<Record<string, readonly [ModuleOfFunctions, Operate]>>) {
  const clock = { now: 0 };
  const operation = new Operation({ now: () => clock.now });
  const functions = Object.fromEntries(Object.entries(modules).map(([id, [module]]) => [id, module]));
  const settings = await Promise.all(
    Object.entries(modules).map(async ([id, [, operate]]) => ({ info: { id }, operate: await settingsOf(operate) })),
  );
  const started = startCategory(CATALOGUE.spamChecker);
  started.setModules(functions, operation.arrangement(settings));
  return { ...started, operation, clock };
}

describe("callbacks as an administrator wants them", () => {
  it("a module without operate:, or with nothing but defaults in it, keeps its callbacks as they are", async () => {
    const arrangement = new Operation().arrangement([
      { info: { id: "plain" } },
      {
        info: { id: "defaults" },
        operate: await settingsOf({ mode: "enforce", share: "100%", required: false, only: {} }),
      },
    ]);
    const given: ChainCallback[] = [];
    const { chains, setModules } = startCategory(CATALOGUE.spamChecker);
    setModules(
      { plain: { userMayInvite: () => NOT_SPAM }, defaults: { userMayInvite: () => NOT_SPAM } },
      { arrange: (callback, ...rest) => (given.push(callback), arrangement.arrange!(callback, ...rest)) },
    );
    const held = chains.flatMap(({ plan }) => plan.callbacks);
    expect(held.map((callback, index) => callback === given[index])).to.deep.equal([true, true]);
  });

  it("a disabled hook, a share of 0% and a mode below hooks: leave callbacks out of the chain", async () => {
    const module = { userMayInvite: () => NOT_SPAM, userMayCreateRoom: () => NOT_SPAM };
    const { hooks } = await operated({
      one: [module, { hooks: { userMayInvite: { mode: "disabled" } } }],
      two: [module, { share: "0%", hooks: { userMayCreateRoom: { share: "100%" } } }],
    });
    expect([hooks.userMayInvite.callbacks, hooks.userMayCreateRoom.callbacks]).to.deep.equal([
      [],
      [
        { module: "one", name: "one.userMayCreateRoom" },
        { module: "two", name: "two.userMayCreateRoom" },
      ],
    ]);
  });

  it("what only and except leave out isn't asked, and counts as no call", async () => {
    const { hooks, asked, chains } = await operated({
      filter: [
        { userMayInvite: () => "M_FORBIDDEN" },
        { only: { server: "example.org" }, except: { room: "!free:*" } },
      ],
    });
    const answers = [
      hooks.userMayInvite(ANN, BOB, ROOM),
      hooks.userMayInvite(BOB, ANN, ROOM),
      hooks.userMayInvite(ANN, BOB, "!free:example.org"),
    ];
    expect(answers).to.deep.equal([FORBIDDEN, NOT_SPAM, NOT_SPAM]);
    expect(asked).to.deep.equal(["filter"]);
    const [counted] = chains.flatMap(({ plan }) => plan.meter.read());
    expect(counted).to.deep.include({ calls: 1, notAsked: 2 });
  });

  it("what a matcher and a share look at is loaded, even where the callback looks at nothing", async () => {
    const { chainMethods } = await operated({
      plain: [{ userMayInvite: () => NOT_SPAM }, {}],
    });
    const { chainMethods: matched } = await operated({
      filter: [{ userMayInvite: () => NOT_SPAM }, { only: { room: ROOM } }],
    });
    const { chainMethods: shared } = await operated({
      filter: [{ userMayInvite: () => NOT_SPAM }, { share: "50%" }],
    });
    const parameters = [chainMethods, matched, shared].map(
      (methods) =>
        (methods.userMayInvite as unknown as { interests: { parameters: number }[] }).interests[0]!.parameters,
    );
    // Of the functions in these tests it isn't known what they look at.
    expect(parameters).to.deep.equal([3, 3, 3]);
  });

  it("a share enforces a module in some rooms alone", async () => {
    const { hooks } = await operated({ filter: [{ userMayInvite: () => "M_FORBIDDEN" }, { share: "30%" }] });
    const rooms = Array.from({ length: 1000 }, (_, number) => `!room${number}:example.org` as const);
    const refused = rooms.filter((room) => hooks.userMayInvite(ANN, BOB, room) !== NOT_SPAM);
    expect(refused.length).to.be.within(220, 380);
  });

  it("an illegal answer is a failure where failures lead to what an administrator wants", async () => {
    const module = { userMayInvite: () => 42, checkUsernameForSpam: () => "yes" };
    const { hooks, lines } = await operated({
      plain: [module, {}],
    });
    expect([hooks.userMayInvite(ANN, BOB, ROOM), lines().length]).to.deep.equal([FORBIDDEN, 1]);
    const allowing = await operated({ filter: [module, { on_failure: "allow" }] });
    const profile = { user_id: BOB as "@bob:elsewhere.org", display_name: null, avatar_url: null };
    expect([
      allowing.hooks.userMayInvite(ANN, BOB, ROOM),
      allowing.hooks.checkUsernameForSpam(profile, ANN),
    ]).to.deep.equal([NOT_SPAM, false]);
    expect(allowing.lines().map((line) => (line as { message: string }).message)).to.deep.equal([
      "callback filter.userMayInvite of module filter on SpamChecker.userMayInvite failed: the callback returned a number; expected NOT_SPAM, a code such as Codes.FORBIDDEN, or deny(code, fields)",
      "callback filter.checkUsernameForSpam of module filter on SpamChecker.checkUsernameForSpam failed: the callback returned a string of 3 characters; expected true or false",
    ]);
  });

  it("on_failure has one for each origin, and local is that of requests whose origin isn't known", async () => {
    const fail = () => {
      throw new Error("boom");
    };
    const { hooks } = await operated({
      filter: [{ userMayInvite: fail }, { on_failure: { local: "deny", federation: "allow" } }],
    });
    expect([
      hooks.userMayInvite(ANN, BOB, ROOM, { origin: "federation" }),
      hooks.userMayInvite(ANN, BOB, ROOM, { origin: "local" }),
      hooks.userMayInvite(ANN, BOB, ROOM),
    ]).to.deep.equal([NOT_SPAM, FORBIDDEN, FORBIDDEN]);
  });

  it("error throws an error that names no module, with the module's own as its cause", async () => {
    const boom = new Error("secret plans of filter");
    const { hooks } = await operated({
      filter: [{ userMayInvite: () => Promise.reject(boom) }, { on_failure: "error" }],
    });
    const error = await failureOf(Promise.resolve(hooks.userMayInvite(ANN, BOB, ROOM)));
    expect(error).to.be.instanceOf(ModuleFailedError);
    expect([(error as Error).message, (error as Error).cause]).to.deep.equal(["a module failed", boom]);
  });

  it("deny for a whole module leaves hooks their own policy that have no denial, or are denied only when named", async () => {
    const fail = () => {
      throw new Error("boom");
    };
    const outcomes = async (operate: Operate) => {
      const settings = [{ info: { id: "filter" }, operate: await settingsOf(operate) }];
      const { hooks, setModules } = startCategory(CATALOGUE.accountValidity);
      setModules({ filter: { isUserExpired: fail, onLegacyRenew: fail } }, new Operation().arrangement(settings));
      const outcomeOf = async (call: () => unknown) => {
        try {
          return await call();
        } catch (error) {
          return (error as Error).message;
        }
      };
      return [await outcomeOf(() => hooks.isUserExpired(ANN)), await outcomeOf(() => hooks.onLegacyRenew("token"))];
    };
    const own = await outcomes({});
    expect(await outcomes({ on_failure: "deny" })).to.deep.equal(own);
    const named = await outcomes({ on_failure: "deny", hooks: { isUserExpired: { on_failure: "deny" } } });
    expect([own[0] === true, named]).to.deep.equal([false, [true, own[1]]]);
  });

  it("a failure is an error in the log where it fails the request, and a warning where something stands in", async () => {
    const levels = await Promise.all(
      (["error", "deny", "allow"] as const).map(async (on_failure) => {
        const { hooks, lines } = await operated({
          filter: [{ userMayInvite: () => Promise.reject(new Error("boom")) }, { on_failure }],
        });
        await Promise.resolve(hooks.userMayInvite(ANN, BOB, ROOM)).catch(() => undefined);
        return lines().map((line) => (line as { level: string }).level);
      }),
    );
    expect(levels).to.deep.equal([["error"], ["warn"], ["warn"]]);
  });

  it("a refusal by a MatrixError is an answer: on_failure doesn't replace it, and no breaker counts it", async () => {
    const refuse = () => {
      throw new MatrixError(403, "no", "M_FORBIDDEN");
    };
    const { hooks, operation } = await operated({
      filter: [
        { userMayInvite: refuse },
        { on_failure: "allow", circuit_breaker: { min_calls: 1, failure_rate: "1%" } },
      ],
    });
    for (const _ of [1, 2, 3]) expect(() => hooks.userMayInvite(ANN, BOB, ROOM)).to.throw(MatrixError, "no");
    expect(operation.breakers.map(({ module, hook, breaker }) => [module, hook, breaker.state])).to.deep.equal([
      ["filter", "SpamChecker.userMayInvite", "closed"],
    ]);
  });

  describe("with a circuit breaker", () => {
    const breaker = { failure_rate: "50%", min_calls: 2, window: "10s", open_for: "1s" } as const;

    /** A module that fails until it's mended, and answers synchronously or later. */
    async function broken(operate: Operate, isLater: boolean) {
      const module = { isBroken: true };
      const answer = (user: string) => {
        if (module.isBroken) throw new Error("boom");
        return user === ANN ? NOT_SPAM : "M_FORBIDDEN";
      };
      const started = await operated({
        filter: [
          { userMayInvite: isLater ? async (user: string) => answer(user) : answer },
          { circuit_breaker: breaker, ...operate },
        ],
      });
      const ask = async (context = {}) => started.hooks.userMayInvite(ANN, BOB, ROOM, context);
      return { ...started, module, ask };
    }

    for (const isLater of [false, true]) {
      const when = isLater ? "a promise" : "a value";
      it(`an open breaker leaves a callback that answers ${when} out, and one call closes it again`, async () => {
        const { ask, asked, clock, module, lines } = await broken({ on_failure: "allow" }, isLater);
        for (const _ of [1, 2, 3, 4]) expect(await ask()).to.equal(NOT_SPAM);
        expect(asked.length).to.equal(2);
        clock.now = 1000;
        expect([await ask(), await ask(), asked.length]).to.deep.equal([NOT_SPAM, NOT_SPAM, 3]);
        module.isBroken = false;
        clock.now = 2000;
        await ask();
        await setImmediate();
        await ask();
        expect(asked.length).to.equal(5);
        const logged = (lines() as { level: string; message: string }[]).map(({ message }) => message);
        expect(logged.map((message) => /failed:|isn't called for now|works again/.exec(message)?.[0])).to.deep.equal([
          "failed:",
          "failed:",
          "isn't called for now",
          "failed:",
          "works again",
        ]);
        const details = { module: "filter", hook: "SpamChecker.userMayInvite", callback: "filter.userMayInvite" };
        expect(lines().filter((line) => !("stack" in line))).to.deep.equal([
          {
            level: "warn",
            message:
              "callback filter.userMayInvite of module filter on SpamChecker.userMayInvite isn't called for now: 2 of its last 2 calls failed; trying it again in 1 s",
            ...details,
          },
          {
            level: "info",
            message: "callback filter.userMayInvite of module filter on SpamChecker.userMayInvite works again",
            ...details,
          },
        ]);
      });

      it(`with deny, an open breaker refuses for a callback that answers ${when}`, async () => {
        const { ask, asked } = await broken({ on_failure: { local: "deny", federation: "allow" } }, isLater);
        await ask();
        await ask();
        expect([await ask(), await ask({ origin: "federation" }), asked.length]).to.deep.equal([
          FORBIDDEN,
          NOT_SPAM,
          2,
        ]);
      });
    }

    it("a trial whose answer is illegal leaves the breaker open", async () => {
      const answers = [new Error("boom"), new Error("boom"), 42, NOT_SPAM];
      const { hooks, clock, operation } = await operated({
        filter: [
          {
            userMayInvite: async () => {
              const answer = answers.shift();
              if (answer instanceof Error) throw answer;
              return answer;
            },
          },
          { on_failure: "allow", circuit_breaker: breaker },
        ],
      });
      const states: string[] = [];
      for (const now of [0, 0, 1000, 1500, 2000]) {
        clock.now = now;
        await hooks.userMayInvite(ANN, BOB, ROOM);
        await setImmediate();
        states.push(operation.breakers[0]!.breaker.state);
      }
      expect(states).to.deep.equal(["closed", "open", "open", "open", "closed"]);
    });

    it("a trial whose request is cancelled leaves the breaker open, and the next call tries again", async () => {
      const { ask, asked, clock, module, operation } = await broken({ on_failure: "allow" }, true);
      for (const _ of [1, 2]) await ask();
      clock.now = 1000;
      module.isBroken = false;
      const states: string[] = [];
      for (const isCancelled of [true, false]) {
        const controller = new AbortController();
        const asking = ask({ signal: controller.signal }).catch(() => undefined);
        if (isCancelled) controller.abort();
        await asking;
        await setImmediate();
        states.push(operation.breakers[0]!.breaker.state);
      }
      expect([states, asked.length]).to.deep.equal([["open", "closed"], 4]);
    });

    const bounds: Readonly<Record<string, Operate>> = {
      "that has a timeout": { on_failure: "allow", timeout: "5s" },
      "in shadow": { mode: "shadow", on_failure: "allow" },
    };
    for (const [which, operate] of Object.entries(bounds)) {
      it(`a trial that fails leaves the breaker open of a callback ${which}`, async () => {
        const clock = { now: 0 };
        const operation = new Operation({ now: () => clock.now });
        const { hooks, setModules } = startCategory(CATALOGUE.thirdPartyRules);
        const module = { info: { id: "filter" }, operate: await settingsOf({ ...operate, circuit_breaker: breaker }) };
        const fail = async () => {
          throw new Error("boom");
        };
        setModules({ filter: { onCreateRoom: fail } }, operation.arrangement([module]));
        const states: string[] = [];
        for (const now of [0, 0, 1000, 1500, 2000]) {
          clock.now = now;
          await hooks.onCreateRoom(requester("ann"), {}, false);
          for (let turn = 0; turn < 3; turn++) await setImmediate();
          states.push(operation.breakers[0]!.breaker.state);
        }
        expect(states).to.deep.equal(["closed", "open", "open", "open", "open"]);
      });
    }

    for (const how of ["fails", "answers what is illegal", "hangs"] as const) {
      it(`an older call that ${how} decides no trial`, async () => {
        const time = new SimulatedTime();
        const operation = new Operation({ now: () => time.now() });
        const { hooks, setModules } = startCategory(CATALOGUE.spamChecker, {}, { time });
        const operate = { on_failure: "allow", timeout: "2s", circuit_breaker: breaker } as const;
        const calls: Settleable[] = [];
        const userMayInvite = () => (calls.push(settleable()), calls.at(-1)!.promise);
        const settings = { info: { id: "filter" }, operate: await settingsOf(operate) };
        setModules({ filter: { userMayInvite } }, operation.arrangement([settings]));
        const ask = () => void hooks.userMayInvite(ANN, BOB, ROOM);
        const state = () => operation.breakers[0]!.breaker.state;
        const pass = async (ms: number) => {
          for (let passed = 0; passed < ms; passed += 10) await time.pass(10);
        };
        ask();
        await pass(500);
        for (const _ of [1, 2]) ask();
        for (const call of calls.slice(1)) call.reject(new Error("boom"));
        await pass(10);
        expect(state()).to.equal("open");
        await pass(1000);
        ask();
        expect([state(), calls.length]).to.deep.equal(["half-open", 4]);
        const [older, , , trial] = calls;
        if (how === "fails") older!.reject(new Error("late"));
        if (how === "answers what is illegal") older!.resolve(42);
        await pass(600);
        expect(state()).to.equal("half-open");
        trial!.resolve(NOT_SPAM);
        await pass(10);
        expect(state()).to.equal("closed");
      });
    }

    it("a trial that hangs leaves the breaker open when its time is over", async () => {
      const time = new SimulatedTime();
      const operation = new Operation({ now: () => time.now() });
      const { hooks, setModules, asked } = startCategory(CATALOGUE.spamChecker, {}, { time });
      const operate = { on_failure: "allow", timeout: "100ms", circuit_breaker: breaker } as const;
      const userMayInvite = () => new Promise(() => undefined);
      const settings = { info: { id: "filter" }, operate: await settingsOf(operate) };
      setModules({ filter: { userMayInvite } }, operation.arrangement([settings]));
      const states: string[] = [];
      for (let call = 0; call < 3; call++) {
        void hooks.userMayInvite(ANN, BOB, ROOM);
        states.push(operation.breakers[0]!.breaker.state);
        for (let passed = 0; passed < 1200; passed += 10) await time.pass(10);
        states.push(operation.breakers[0]!.breaker.state);
      }
      expect([states, asked.length]).to.deep.equal([["closed", "closed", "closed", "open", "half-open", "open"], 3]);
    });
  });
});
