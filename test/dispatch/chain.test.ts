import { mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { category } from "#src/hooks/category.js";
import { TIMED_EVERY, TIMED_FIRST } from "#src/dispatch/meter.js";
import type { HookContext } from "#src/hooks/context.js";
import { answerWith, propagate, skip } from "#src/hooks/failure-policy.js";
import { hook, type Lazy } from "#src/hooks/hook.js";
import { legal } from "#src/hooks/legal-answers.js";
import { firstNonNull, firstOther, runAll, unionUnlessAll } from "#src/hooks/strategies.js";
import { AnswerIssue } from "#src/hooks/strategy.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { startCategory } from "./start-category.js";

const question = { summary: "Asked by tests.", since: "1.0.0", refusal: null, shield: false } as const;
const text = { name: "text", summary: "a string" };

const firstBesidePass = firstOther(
  { name: "first other", summary: "The first other answer decides." },
  "PASS",
  (answer) => answer as string,
);

/** One hook of each kind that the catalogue has. */
const probe = category({
  name: "Probe",
  summary: "Hooks of tests.",
  since: "1.0.0",
  hooks: {
    first: hook<[text: string], unknown, unknown>({
      ...question,
      parameters: [text],
      answers: legal(
        "anything",
        firstNonNull((answer) => (answer === "old" ? new AnswerIssue("deprecated", "something new", answer) : answer)),
      ),
      failure: skip("warn"),
    }),
    collect: hook<[], Set<string> | "ALL", ReadonlySet<string> | "ALL">({
      ...question,
      parameters: [],
      answers: legal("anything", unionUnlessAll<string, "ALL">("ALL")),
      failure: skip("error"),
    }),
    strict: hook<[], unknown, unknown>({
      ...question,
      parameters: [],
      answers: legal(
        "anything",
        firstNonNull((answer) => answer),
      ),
      failure: propagate,
      shield: true,
    }),
    guarded: hook<[], string, string>({
      ...question,
      parameters: [],
      answers: legal("anything", firstBesidePass),
      failure: propagate,
      shield: true,
    }),
    replaced: hook<[], string, string>({
      ...question,
      parameters: [],
      answers: legal("anything", firstBesidePass),
      failure: {
        name: "another answer",
        outcome: (error) => answerWith((error as Error).message),
        level: () => "warn",
      },
    }),
    told: hook<[a: unknown, b: unknown, c: unknown, d: unknown, e: unknown], void, void>({
      ...question,
      parameters: [text, text, text, text, text],
      answers: legal("anything", runAll()),
      failure: propagate,
    }),
    loaded: hook<[id: number, state: string], void, void, [id: number, state: Lazy<string>]>({
      ...question,
      parameters: [text, { ...text, kind: "state" }],
      answers: legal("anything", runAll()),
      failure: propagate,
    }),
    copied: hook<[value: { list: number[] }], void, void>({
      ...question,
      parameters: [{ ...text, copy: (value: object) => structuredClone(value) }],
      answers: legal("anything", runAll()),
      failure: propagate,
    }),
    secret: hook<[user: string, secret: unknown, request: { token: string }], void, void>({
      ...question,
      parameters: [
        text,
        { ...text, privacy: "secret" },
        { ...text, secrets: ({ token }: { token: string }) => [token] },
      ],
      answers: legal("anything", runAll()),
      failure: skip("error", { catchCancellation: true }),
    }),
  },
});

const fails = (error: unknown) => () => {
  throw error;
};

describe("Chain", () => {
  describe("a dispatch over synchronous callbacks", () => {
    it("a dispatch over synchronous callbacks returns the result itself, not a promise", () => {
      const { hooks, asked } = startCategory(probe, {
        a: { first: () => null },
        b: { first: (said: string) => `${said}!` },
        c: { first: () => "late" },
      });
      expect(hooks.first("hello")).to.equal("hello!");
      expect(asked).to.deep.equal(["a", "b"]);
    });

    it("a dispatch over synchronous callbacks synchronously throws what its policy rethrows", () => {
      const error = new Error("boom");
      const { hooks, asked } = startCategory(probe, { a: { strict: fails(error) }, b: { strict: () => 1 } });
      expect(() => hooks.strict())
        .to.throw()
        .that.equals(error);
      expect(asked).to.deep.equal(["a"]);
    });

    it("a dispatch over synchronous callbacks goes on after a callback that its policy skips", () => {
      const { hooks, asked } = startCategory(probe, {
        a: { first: fails(new Error("boom")) },
        b: { first: fails(new Error("boom")) },
        c: { first: () => 3 },
      });
      expect(hooks.first("x")).to.equal(3);
      expect(asked).to.deep.equal(["a", "b", "c"]);
    });
  });

  describe("a dispatch over asynchronous callbacks", () => {
    it("a dispatch over asynchronous callbacks becomes a promise at the first one, and calls none twice", async () => {
      const { hooks, asked } = startCategory(probe, {
        a: { first: () => undefined },
        b: { first: async () => null },
        c: { first: () => null },
        d: { first: async (said: string) => said },
        e: { first: () => "late" },
      });
      const result = hooks.first("hello");
      expect(result).to.be.instanceOf(Promise);
      expect(asked).to.deep.equal(["a", "b"]);
      expect(await result).to.equal("hello");
      expect(asked).to.deep.equal(["a", "b", "c", "d"]);
    });

    it("a dispatch over asynchronous callbacks asks one after the other, never two at a time", async () => {
      let running = 0;
      const slow = async () => {
        expect(++running).to.equal(1);
        await setImmediate();
        running--;
      };
      const { hooks, asked } = startCategory(probe, { a: { first: slow }, b: { first: slow }, c: { first: slow } });
      expect(await hooks.first("x")).to.equal(undefined);
      expect(asked).to.deep.equal(["a", "b", "c"]);
    });

    it("a dispatch over asynchronous callbacks waits for whatever has a `then`", async () => {
      const { hooks } = startCategory(probe, {
        a: { first: () => ({ then: (done: (n: number) => void) => done(4) }) },
      });
      expect(await hooks.first("x")).to.equal(4);
    });

    it("a dispatch over asynchronous callbacks goes on after rejections that its policy skips", async () => {
      const { hooks, asked } = startCategory(probe, {
        a: { first: () => Promise.reject(new Error("boom")) },
        b: { first: fails(new Error("boom")) },
        c: { first: () => Promise.reject(new Error("boom")) },
        d: { first: () => 4 },
      });
      expect(await hooks.first("x")).to.equal(4);
      expect(asked).to.deep.equal(["a", "b", "c", "d"]);
    });

    it("a dispatch over asynchronous callbacks is known to the watchdog as long as it waits", async () => {
      const { hooks, watchdog } = startCategory(probe, { a: { strict: () => setImmediate(1) } });
      const result = hooks.strict();
      expect(watchdog.pending).to.equal(1);
      await result;
      expect(watchdog.pending).to.equal(0);
    });

    it("a dispatch over asynchronous callbacks is reported for the callback that it waits for now", async () => {
      mock.timers.enable({ apis: ["setInterval"] });
      try {
        let release!: (answer: unknown) => void;
        const pending = new Promise((resolve) => (release = resolve));
        const { hooks, asked, lines } = startCategory(
          probe,
          { a: { first: async () => null }, b: { first: () => pending } },
          { pendingLimitMs: 0 },
        );
        const result = hooks.first("x", { requestId: "r" });
        while (asked.length < 2) await setImmediate();
        mock.timers.tick(10);
        release(1);
        expect(await result).to.equal(1);
        const [line, ...others] = lines() as { module: string; requestId: string; message: string }[];
        expect(line).to.include({ module: "b", requestId: "r" });
        expect(line!.message).to.match(
          /^callback b\.first of module b on Probe\.first hasn't settled; its request has waited \d+ m?s for callbacks$/,
        );
        expect(others).to.deep.equal([]);
      } finally {
        mock.timers.reset();
      }
    });

    it("a dispatch over asynchronous callbacks is forgotten by the watchdog also when it fails", async () => {
      const { hooks, watchdog } = startCategory(probe, { a: { strict: () => Promise.reject(new Error("boom")) } });
      await Promise.allSettled([hooks.strict()]);
      expect(watchdog.pending).to.equal(0);
    });
  });

  it("law: what is asked and answered doesn't depend on which callbacks answer synchronously", async () => {
    type Behaviour = { readonly answer: "ALL" | string[] | 7 | Error; readonly later: boolean };
    const behaviour: fc.Arbitrary<Behaviour> = fc.record({
      answer: fc.oneof(
        fc.constant("ALL" as const),
        fc.array(fc.constantFrom("x", "y", "z")),
        fc.constant(7 as const),
        fc.constant(new Error("boom")),
      ),
      later: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(behaviour, { maxLength: 6 }), async (behaviours) => {
        const callback = ({ answer, later }: Behaviour) => {
          const now = () => {
            if (answer instanceof Error) throw answer;
            return Array.isArray(answer) ? new Set(answer) : answer;
          };
          return { collect: later ? async () => now() : now };
        };
        const modules = Object.fromEntries(behaviours.map((each, index) => [`m${index}`, callback(each)]));
        const { hooks, asked } = startCategory(probe, modules);
        const result = hooks.collect();

        const end = behaviours.findIndex(({ answer }) => answer === "ALL");
        const walked = end < 0 ? behaviours : behaviours.slice(0, end + 1);
        const union = new Set(walked.flatMap(({ answer }) => (Array.isArray(answer) ? answer : [])));
        expect(await result).to.deep.equal(end < 0 ? union : "ALL");
        expect(asked).to.deep.equal(walked.map((_, index) => `m${index}`));
        expect(result instanceof Promise).to.equal(walked.some(({ later }) => later));
      }),
    );
  });

  it("an empty chain returns the same constant at each call", () => {
    const { hooks } = startCategory(probe);
    expect(hooks.first("x")).to.equal(undefined);
    expect(hooks.replaced()).to.equal("PASS");
    expect(hooks.collect()).to.deep.equal(new Set()).and.to.equal(hooks.collect());
  });

  it("a callback may ask the same hook again", async () => {
    const started = startCategory(probe, {
      a: {
        first: async (said: string) => (said === "outer" ? `${String(await started.hooks.first("inner"))}+` : null),
      },
      b: { first: (said: string) => said },
    });
    expect(await started.hooks.first("outer")).to.equal("inner+");
    expect(started.asked).to.deep.equal(["a", "a", "b"]);
  });

  it("Chain walks at the same time do not share what they have found", async () => {
    const waiting: (() => void)[] = [];
    let asks = 0;
    const { hooks } = startCategory(probe, {
      a: { collect: () => new Set([`a${++asks}`]) },
      b: { collect: () => new Promise<Set<string>>((done) => waiting.push(() => done(new Set(["b"])))) },
    });
    const walks = [hooks.collect(), hooks.collect()];
    for (const settle of waiting.toReversed()) settle();
    expect([await walks[0], await walks[1]]).to.deep.equal([new Set(["a1", "b"]), new Set(["a2", "b"])]);
  });

  it("an answer of the failure policy counts as the callback's own", () => {
    const { hooks, asked } = startCategory(probe, {
      a: { replaced: fails("PASS") },
      b: { replaced: fails("no") },
      c: { replaced: () => "late" },
    });
    expect(hooks.replaced()).to.equal("no");
    expect(asked).to.deep.equal(["a", "b"]);
  });

  it("an answer of the failure policy counts as well after a rejection", async () => {
    const { hooks, asked } = startCategory(probe, {
      a: { replaced: () => Promise.resolve().then(fails("PASS")) },
      b: { replaced: () => Promise.resolve().then(fails("no")) },
      c: { replaced: () => "late" },
    });
    expect(await hooks.replaced()).to.equal("no");
    expect(asked).to.deep.equal(["a", "b"]);
  });

  it("a chain's lists of callbacks are frozen, and named for the homeserver", () => {
    const { hooks, chains } = startCategory(probe, { a: { first: () => 1 }, b: { first: () => 2 } });
    expect(hooks.first.callbacks).to.deep.equal([
      { module: "a", name: "a.first" },
      { module: "b", name: "b.first" },
    ]);
    expect(Object.isFrozen(hooks.first.callbacks)).to.equal(true);
    expect(Object.isFrozen(chains[0]!.plan.callbacks)).to.equal(true);
  });

  describe("arguments", () => {
    it("arguments reach callbacks in order, and the context comes last", () => {
      const seen: unknown[][] = [];
      const { hooks } = startCategory(probe, {
        a: { told: (...args) => void seen.push(args), first: (...args) => void seen.push(args) },
      });
      const context: HookContext = { requestId: "GET-1", origin: "federation" };
      void hooks.told(1, 2, 3, 4, 5, context);
      void hooks.first("x", context);
      expect(seen.map((args) => args.slice(0, 6))).to.deep.equal([
        [1, 2, 3, 4, 5, context],
        ["x", context, undefined, undefined, undefined, undefined],
      ]);
      expect(seen[0]![5]).to.equal(context);
    });

    it("arguments have an empty, frozen context when the homeserver gives none", () => {
      const seen: unknown[] = [];
      const { hooks } = startCategory(probe, {
        a: {
          told: (_a, _b, _c, _d, _e, context) => void seen.push(context),
          strict: (context) => void seen.push(context),
        },
      });
      void hooks.told(1, 2, 3, 4, 5);
      void hooks.strict();
      expect(seen).to.deep.equal([{}, {}]);
      expect(seen.every(Object.isFrozen)).to.equal(true);
    });

    it("arguments that are copied are a callback's own", () => {
      const { hooks, asked } = startCategory(probe, {
        a: { copied: (value: { list: number[] }) => void value.list.push(1) },
        b: { copied: (value: { list: number[] }) => expect(value).to.deep.equal({ list: [0] }) },
      });
      const value = { list: [0] };
      void hooks.copied(value);
      expect(value).to.deep.equal({ list: [0] });
      expect(asked).to.deep.equal(["a", "b"]);
    });

    it("arguments that load themselves are not loaded without a callback", () => {
      const { hooks } = startCategory(probe);
      expect(hooks.loaded(1, fails(new Error("loaded")))).to.equal(undefined);
    });

    it("arguments that load themselves are loaded once for all callbacks", async () => {
      const seen: unknown[] = [];
      const note = (id: number, state: string, context: HookContext) => void seen.push([id, state, context]);
      const { hooks } = startCategory(probe, { a: { loaded: note }, b: { loaded: note } });
      let loads = 0;
      expect(hooks.loaded(1, () => `state ${++loads}`, { requestId: "r" })).to.equal(undefined);
      await hooks.loaded(2, async () => `state ${++loads}`);
      void hooks.loaded(3, "at hand");
      expect(seen).to.deep.equal([
        [1, "state 1", { requestId: "r" }],
        [1, "state 1", { requestId: "r" }],
        [2, "state 2", {}],
        [2, "state 2", {}],
        [3, "at hand", {}],
        [3, "at hand", {}],
      ]);
    });
  });

  describe("after stop", () => {
    it("a stopped chain throws LIGAND_HOST_STOPPED, even without a callback", () => {
      const { hooks, chains, asked } = startCategory(probe, { a: { first: () => 1 } });
      for (const chain of chains) chain.stop();
      for (const [name, call] of [
        ["first", () => hooks.first("x")],
        ["strict", () => hooks.strict()],
      ] as const) {
        expect(call)
          .to.throw(LigandError, new RegExp(`^Probe\\.${name} was called after the host stopped$`))
          .with.property("code", "LIGAND_HOST_STOPPED");
      }
      expect(asked).to.deep.equal([]);
    });

    it("a stopped chain lets dispatches in flight end", async () => {
      const { hooks, chains, asked } = startCategory(probe, {
        a: { first: () => setImmediate(null) },
        b: { first: () => 2 },
      });
      const result = hooks.first("x");
      for (const chain of chains) chain.stop();
      expect(await result).to.equal(2);
      expect(asked).to.deep.equal(["a", "b"]);
    });
  });

  describe("cancellation", () => {
    it("cancellation of a shielded hook before the dispatch calls no callback", () => {
      const { hooks, asked } = startCategory(probe, { a: { strict: () => 1 } });
      const reason = new Error("the client disconnected");
      expect(() => hooks.strict({ signal: AbortSignal.abort(reason), requestId: "r" }))
        .to.throw(CancelledError, /^request r was cancelled$/)
        .with.property("cause", reason);
      expect(asked).to.deep.equal([]);
    });

    it("cancellation of a shielded hook ends the walk once the callback has settled, whose error is the cause", async () => {
      const controller = new AbortController();
      const error = new Error("boom");
      const { hooks, asked, lines } = startCategory(probe, {
        a: { strict: () => setImmediate().then(fails(error)) },
        b: { strict: () => 2 },
      });
      const result = hooks.strict({ signal: controller.signal });
      controller.abort();
      const [{ reason }] = (await Promise.allSettled([result])) as [PromiseRejectedResult];
      expect(reason).to.be.instanceOf(CancelledError).with.property("message", "the request was cancelled");
      expect((reason as Error).cause).to.equal(error);
      expect(asked).to.deep.equal(["a"]);
      expect(lines()).to.deep.equal([]);
    });

    it("cancellation of a shielded hook counts also when the callback passed, and nothing is asked after it", async () => {
      const controller = new AbortController();
      const { hooks, asked } = startCategory(probe, {
        a: { guarded: () => setImmediate("PASS") },
        b: { guarded: () => "PASS" },
      });
      const results = [hooks.guarded({ signal: controller.signal }), hooks.guarded()];
      controller.abort();
      const [cancelled, other] = await Promise.allSettled(results);
      expect((cancelled as PromiseRejectedResult).reason).to.be.instanceOf(CancelledError);
      expect(other).to.deep.equal({ status: "fulfilled", value: "PASS" });
      expect(asked).to.deep.equal(["a", "a", "b"]);
    });

    it("cancellation is no affair of a hook without a shield", async () => {
      const controller = new AbortController();
      const { hooks, asked } = startCategory(probe, { a: { first: () => setImmediate(null) }, b: { first: () => 2 } });
      const result = hooks.first("x", { signal: controller.signal });
      controller.abort();
      expect(await result).to.equal(2);
      expect(hooks.first("x", { signal: controller.signal })).to.be.instanceOf(Promise);
      expect(asked.slice(0, 2)).to.deep.equal(["a", "b"]);
    });
  });

  describe("metrics", () => {
    it("metrics count calls and failures of each callback", async () => {
      const { hooks, chains } = startCategory(probe, {
        a: { first: (said: string) => (said === "stop" ? 1 : null) },
        b: { first: fails(new Error("boom")) },
        c: { first: async () => Promise.reject(new Error("boom")) },
      });
      void hooks.first("stop");
      await hooks.first("go");
      await hooks.first("go");
      expect(chains[0]!.plan.meter.read().map(({ calls, failures }) => ({ calls, failures }))).to.deep.equal([
        { calls: 3, failures: 0 },
        { calls: 2, failures: 2 },
        { calls: 2, failures: 2 },
      ]);
    });

    it("law: count every call, whichever way walks go on and end", async () => {
      const answers = {
        pass: () => null,
        decides: () => 1,
        throws: fails(new Error("boom")),
        passesLater: async () => null,
        decidesLater: async () => 1,
        rejects: async () => Promise.reject(new Error("boom")),
      };
      const answer = fc.constantFrom(...(Object.keys(answers) as (keyof typeof answers)[]));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom("first" as const, "strict" as const),
          fc
            .integer({ min: 1, max: 4 })
            .chain((modules) => fc.array(fc.array(answer, { minLength: modules, maxLength: modules }))),
          async (hook, walks) => {
            const called = (walks[0] ?? []).map(() => 0);
            let walk: (keyof typeof answers)[] = [];
            const modules = called.map((_, index) => ({
              [hook]: () => {
                called[index]!++;
                return answers[walk[index]!]();
              },
            }));
            const { hooks, chains } = startCategory(
              probe,
              Object.fromEntries(modules.map((module, index) => [`m${index}`, module])),
            );
            for (walk of walks)
              await Promise.allSettled([(async () => (hooks[hook] as (text: string) => unknown)("x"))()]);
            const { plan } = chains.find(({ name }) => name === `Probe.${hook}`)!;
            expect(plan.meter.read().map(({ calls }) => calls)).to.deep.equal(called);
          },
        ),
      );
    });

    it(`a chain times its first ${TIMED_FIRST} dispatches and then one in ${TIMED_EVERY}, whatever becomes of them`, async () => {
      const { hooks, chains } = startCategory(probe, {
        a: { first: () => null },
        b: { first: fails(new Error("boom")) },
        c: { first: () => setImmediate(null) },
        d: { first: () => setImmediate().then(fails(new Error("boom"))) },
      });
      const counted = () => chains[0]!.plan.meter.read().map(({ durations }) => durations?.count ?? 0);
      for (let i = 0; i < TIMED_FIRST; i++) await hooks.first("x");
      expect(counted()).to.deep.equal([1000, 1000, 1000, 1000]);
      for (let i = 0; i < 2 * TIMED_EVERY; i++) await hooks.first("x");
      expect(counted()).to.deep.equal([1002, 1002, 1002, 1002]);
      // Two log lines for each dispatch.
    });
  });

  describe("the log", () => {
    it("the log has one line for a failure, with module, hook, callback and request", async () => {
      const { hooks, lines } = startCategory(probe, {
        a: { first: fails(new TypeError("boom")) },
        b: { first: () => Promise.reject(new MatrixError(429, "slow down", "M_LIMIT_EXCEEDED")) },
      });
      await hooks.first("x", { requestId: "PUT-17" });
      expect(lines()).to.deep.equal([
        {
          level: "warn",
          module: "a",
          hook: "Probe.first",
          callback: "a.first",
          requestId: "PUT-17",
          message: "callback a.first of module a on Probe.first failed: boom",
          stack: "TypeError: boom",
        },
        {
          level: "warn",
          module: "b",
          hook: "Probe.first",
          callback: "b.first",
          requestId: "PUT-17",
          message: "callback b.first of module b on Probe.first failed: 429 M_LIMIT_EXCEEDED: slow down",
          stack: "MatrixError: slow down",
        },
      ]);
    });

    it("the log has no request where the homeserver named none", () => {
      const { hooks, lines } = startCategory(probe, { a: { collect: () => 7 } });
      void hooks.collect();
      expect(lines()).to.deep.equal([
        {
          level: "warn",
          module: "a",
          hook: "Probe.collect",
          callback: "a.collect",
          message: `callback a.collect of module a on Probe.collect returned an answer that the hook doesn't accept: a number; expected a Set of user ids, or "ALL"`,
        },
      ]);
    });

    it("the log has a line for each illegal answer, and one for all deprecated answers of a callback", () => {
      const { hooks, lines } = startCategory(probe, {
        a: { first: (said: string) => (said === "a" ? "old" : null), collect: () => 7 },
        b: { first: () => "old" },
      });
      for (const said of ["a", "a", "b", "b"]) void hooks.first(said);
      void hooks.collect();
      void hooks.collect();
      const illegal = `callback a.collect of module a on Probe.collect returned an answer that the hook doesn't accept: a number; expected a Set of user ids, or "ALL"`;
      expect(lines().map((line) => (line as { message: string }).message)).to.deep.equal([
        "callback a.first of module a on Probe.first returned a deprecated answer; expected something new",
        "callback b.first of module b on Probe.first returned a deprecated answer; expected something new",
        illegal,
        illegal,
      ]);
    });

    it("the log copes with whatever is thrown", () => {
      const odd = Object.assign(new Error(), { message: { toString: fails(new Error("no text")) }, stack: 7 });
      const thrown = [Object.create(null), { toString: fails(new Error("no text")) }, undefined, 7, "text", odd];
      const { hooks, lines } = startCategory(
        probe,
        Object.fromEntries(thrown.map((error, index) => [`m${index}`, { first: fails(error) }])),
      );
      expect(hooks.first("x")).to.equal(undefined);
      expect(lines().map((line) => (line as { message: string }).message.split(" failed: ")[1])).to.deep.equal([
        "an object was thrown; expected an Error",
        "an object was thrown; expected an Error",
        "undefined was thrown; expected an Error",
        "a number was thrown; expected an Error",
        "text",
        "an instance of Error was thrown; its message is an object",
      ]);
    });

    const quoting = (user: string, given: { password: string }, { token }: { token: string }) => {
      throw new Error(
        `${user}: ${JSON.stringify(given)} ${given.password} ${encodeURIComponent(given.password)} ${token}`,
      );
    };
    const passing = async () => undefined;
    for (const [what, modules] of Object.entries({
      "an error quotes": { a: { secret: quoting } },
      "the error of the only promise quotes": {
        a: { secret: async (...args: Parameters<typeof quoting>) => quoting(...args) },
      },
      "the error of the last promise quotes": {
        b: { secret: passing },
        a: { secret: async (...args: Parameters<typeof quoting>) => quoting(...args) },
      },
    })) {
      it(`the log has nothing of a secret argument that ${what}`, async () => {
        const secret = { password: 'hunter2 "quoted"', pins: [123456], nested: { token: "syt_abcdef" } };
        const { hooks, lines } = startCategory(probe, modules);
        await hooks.secret("@alice:example.org", secret, { token: "mct_123456789" });
        const hidden = "[redacted]";
        const json = `{"password":"${hidden}","pins":[${hidden}],"nested":{"token":"${hidden}"}}`;
        const message = `@alice:example.org: ${json} ${hidden} ${hidden} ${hidden}`;
        expect(lines()).to.deep.equal([
          {
            level: "error",
            module: "a",
            hook: "Probe.secret",
            callback: "a.secret",
            message: `callback a.secret of module a on Probe.secret failed: ${message}`,
            stack: `Error: ${message}`,
          },
        ]);
      });
    }
  });
});
