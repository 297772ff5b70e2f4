import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import { SweepingBudgets } from "#src/dispatch/sweeping-budgets.js";
import { CallContext } from "#src/dispatch/call-context.js";
import { Chain } from "#src/dispatch/chain.js";
import type { HookContext } from "#src/hooks/context.js";
import { propagate, skip, type FailurePolicy } from "#src/hooks/failure-policy.js";
import { hook } from "#src/hooks/hook.js";
import { legal } from "#src/hooks/legal-answers.js";
import { TIMED_FIRST } from "#src/dispatch/meter.js";
import { NOT_ASKED } from "#src/hooks/narrowing.js";
import type { RecordedDispatch, Recorder } from "#src/dispatch/recorded-dispatch.js";
import { Stop, type Strategy } from "#src/hooks/strategy.js";
import { Watchdog } from "#src/dispatch/watchdog.js";
import { untilCollected } from "../collect-garbage.js";
import { chainCallback } from "./chain-callback.js";
import { SimulatedTime } from "./simulated-time.js";

/** How many callbacks a chain has in these tests. */
const CALLBACKS = 3;

/** The budgets of the callbacks of a chain, in milliseconds. */
type Limits = readonly (number | undefined)[];
const UNLIMITED: Limits = Array.from({ length: CALLBACKS }, () => undefined);

/** What a callback does in one dispatch. */
interface Behaviour {
  /**
   * When it answers. `twice`: with a promise whose own `then` calls back a second time, later. `nested`: after it has
   * called the hook itself.
   */
  readonly when: "now" | "resolved" | "later" | "thenable" | "twice" | "nested";
  readonly outcome: "pass" | "add" | "decide" | "fail" | "not asked";
}

type Step =
  | { readonly do: "dispatch"; readonly behaviours: readonly Behaviour[] }
  | { readonly do: "settle"; readonly which: number }
  | { readonly do: "replace" }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "wait" };

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  when: fc.constantFrom("now", "resolved", "later", "thenable", "twice", "nested"),
  // Most pass, or later callbacks would hardly be reached.
  outcome: fc.constantFrom("pass", "pass", "add", "add", "decide", "fail", "not asked"),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant("dispatch" as const),
      behaviours: fc.array(behaviour, { minLength: CALLBACKS, maxLength: CALLBACKS }),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ do: fc.constant("settle" as const), which: fc.nat() }), weight: 4 },
  { arbitrary: fc.constant({ do: "replace" } as const), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 40 }) }), weight: 3 },
  { arbitrary: fc.constant({ do: "wait" } as const), weight: 2 },
);

/** One dispatch: what its callbacks will do, and what was seen of it. */
interface Dispatched {
  readonly id: number;
  readonly generation: number;
  readonly behaviours: readonly Behaviour[];
  readonly context: HookContext;
  /** Which callbacks were called, and of which generation. */
  readonly called: string[];
  /** The contexts with which those were called that have a budget, by position. */
  readonly contexts: (CallContext | undefined)[];
  readonly result: Promise<Answers>;
}

type Answers = readonly object[];

/** An answer that the strategy adds to the others, or that ends the dispatch. */
class Answer {
  constructor(
    readonly of: unknown,
    readonly decides: boolean,
  ) {}
}

const collecting: Strategy<Answers, Answers> = {
  name: "all answers, up to one that decides",
  summary: "All answers, in order, up to one that decides.",
  pass: "PASS",
  start: () => [],
  step: (state, answer) => {
    const all = [...state, answer as Answer];
    return (answer as Answer).decides ? new Stop(all) : all;
  },
  done: (state) => state,
};

const store = new AsyncLocalStorage<number>();

/** A chain whose callbacks do in each dispatch what its first argument says. */
class World {
  readonly watchdog = new Watchdog(Infinity);
  readonly time = new SimulatedTime();
  readonly chain: Chain<Answers, Answers>;
  readonly dispatched: Dispatched[] = [];
  /** What was seen that must not be. */
  readonly faults: string[] = [];
  /** What was recorded, in the order in which it ended. */
  readonly recorded: RecordedDispatch[] = [];
  readonly #waiting: (() => void)[] = [];
  #generation = 0;

  /**
   * @param limits the budgets of the callbacks, in milliseconds
   * @param isRecorded whether dispatches are recorded
   * @param isTimed whether all dispatches are timed
   */
  constructor(
    readonly failure: FailurePolicy,
    readonly limits: Limits,
    isRecorded: boolean,
    isTimed: boolean,
  ) {
    const budgets = new SweepingBudgets(this.time);
    const recorder: Recorder = {
      revision: 1,
      enter: (dispatch) => this.recorded.push(dispatch),
      reading: (callback) => (reads, args) => {
        reads.push([(args[0] as Dispatched).id, callback.module.id]);
        return callback.call(...args);
      },
    };
    const shared = { watchdog: this.watchdog, budgets, ...(isRecorded && { recorder }) };
    this.chain = new Chain("Probe.ask", askHook(failure), shared);
    if (!isTimed) passTimed(this.chain);
    this.recorded.length = 0;
    this.#setCallbacks();
  }

  dispatch(behaviours: readonly Behaviour[]): Promise<Answers> {
    const id = this.dispatched.length;
    const context = { requestId: String(id) };
    const called: string[] = [];
    const all = { id, generation: this.#generation, behaviours, context, called, contexts: [] };
    const dispatched = { ...all, result: undefined as unknown as Promise<Answers> };
    this.dispatched.push(dispatched);
    dispatched.result = store.run(id, async () => {
      try {
        return await this.chain.run(context, dispatched, context);
      } finally {
        if (store.getStore() !== id) this.faults.push(`after dispatch ${id} the store is of ${store.getStore()}`);
      }
    });
    dispatched.result.catch(() => undefined);
    return dispatched.result;
  }

  /** Settles one of the promises that wait, or calls back a second time. */
  settle(which: number): void {
    const [settle] = this.#waiting.splice(which % Math.max(1, this.#waiting.length), 1);
    settle?.();
  }

  replace(): void {
    this.#generation++;
    this.#setCallbacks();
  }

  async rest(): Promise<void> {
    await setImmediate();
    while (this.#waiting.length > 0) {
      this.settle(0);
      await setImmediate();
    }
  }

  #setCallbacks(): void {
    const generation = this.#generation;
    this.chain.setCallbacks(
      this.limits.map((timeoutMs, index) => ({
        ...chainCallback(`m${index}`, (dispatched, context) =>
          this.#call(dispatched as Dispatched, context as HookContext, index, generation),
        ),
        ...(timeoutMs !== undefined && { timeoutMs }),
      })),
    );
  }

  #call(dispatched: Dispatched, context: HookContext, index: number, generation: number): unknown {
    const { id, behaviours, called } = dispatched;
    const { when, outcome } = behaviours[index]!;
    if (context instanceof CallContext) dispatched.contexts[index] = context;
    else if (context !== dispatched.context) this.faults.push(`${id} has the context object of ${context.requestId}`);
    if (context.requestId !== String(id)) this.faults.push(`dispatch ${id} has the context of ${context.requestId}`);
    if (store.getStore() !== id) this.faults.push(`a callback of ${id} has the store of ${store.getStore()}`);
    if (outcome !== "not asked") called.push(`${generation}.${index}`);
    const come = (): unknown => {
      if (outcome === "fail") throw new Error(`${id} failed at ${index}`);
      if (outcome === "not asked") return NOT_ASKED;
      return outcome === "pass" ? "PASS" : new Answer(`${index} to ${id}`, outcome === "decide");
    };
    const inTime = async () => come();
    const late = () => new Answer(`a second answer to ${id}`, true);
    switch (when) {
      case "now":
        return come();
      case "resolved":
        return inTime();
      case "later":
        return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(come);
      case "thenable":
        return {
          then: (resolve: (answer: unknown) => void, reject: (error: unknown) => void) => {
            this.#waiting.push(() => resolve(late()));
            inTime().then(resolve, reject);
          },
        };
      case "twice": {
        const promise = inTime();
        const then = promise.then.bind(promise);
        return Object.assign(promise, {
          then: (resolve: (answer: unknown) => unknown, reject: (error: unknown) => unknown) => {
            this.#waiting.push(() => void resolve(late()));
            return then(resolve, reject);
          },
        });
      }
      case "nested":
        return this.dispatch(PASSING).then(come, come);
    }
  }
}

/** Lets a chain pass the dispatches that are all timed. */
function passTimed(chain: Chain<any, any>): void {
  chain.setCallbacks([chainCallback("earlier", () => "PASS")]);
  for (let dispatch = 0; dispatch < TIMED_FIRST; dispatch++) void chain.run({}, dispatch, {});
}

const PASSING: readonly Behaviour[] = [
  { when: "later", outcome: "pass" },
  { when: "now", outcome: "pass" },
  { when: "resolved", outcome: "pass" },
];

function askHook(failure: FailurePolicy) {
  return hook<[argument: unknown], unknown, Answers>({
    summary: "Asked by tests.",
    since: "1.0.0",
    refusal: null,
    shield: false,
    parameters: [{ name: "argument", summary: "anything" }],
    answers: legal("anything", collecting),
    failure,
  });
}

/** What a dispatch comes to by a plain fold: who is called, who fails and by a time-out, and the result. */
function folded({ id, generation, behaviours, contexts }: Dispatched, policy: FailurePolicy, limits: Limits) {
  const called: string[] = [];
  const failed: number[] = [];
  const late: number[] = [];
  const answers: Answer[] = [];
  for (const [index, { outcome }] of behaviours.entries()) {
    const isLate = contexts[index]?.isGivenUp === true;
    // Who isn't asked is known when the promise is settled.
    if (outcome !== "not asked") called.push(`${generation}.${index}`);
    if (isLate) late.push(index);
    else if (outcome === "not asked") continue;
    const decides = outcome === "decide" && !isLate;
    if ((outcome === "add" && !isLate) || decides) answers.push(new Answer(`${index} to ${id}`, decides));
    if (decides) break;
    if (outcome !== "fail" && !isLate) continue;
    failed.push(index);
    if (policy !== propagate) continue;
    const result = isLate ? `LigandError: no answer within ${limits[index]} ms` : `Error: ${id} failed at ${index}`;
    return { called, failed, late, result };
  }
  return { called, failed, late, result: answers };
}

/** A promise calls back a second time while another dispatch waits for the callback at the same position. */
function twiceAt(position: number): Step[] {
  const behaviours = (when: Behaviour["when"]) =>
    Array.from({ length: CALLBACKS }, (_, index): Behaviour =>
      index === position ? { when, outcome: "add" } : { when: "now", outcome: "pass" },
    );
  return [
    { do: "dispatch", behaviours: behaviours("twice") },
    { do: "wait" },
    { do: "dispatch", behaviours: behaviours("later") },
    { do: "wait" },
    { do: "settle", which: 0 },
    { do: "wait" },
  ];
}

async function play(
  steps: readonly Step[],
  failure: FailurePolicy,
  limits: Limits,
  isTimed: boolean,
  isRecorded = false,
): Promise<World> {
  const world = new World(failure, limits, isRecorded, isTimed);
  for (const each of steps) {
    if (each.do === "dispatch") void world.dispatch(each.behaviours);
    else if (each.do === "settle") world.settle(each.which);
    else if (each.do === "replace") world.replace();
    else if (each.do === "pass") await world.time.pass(each.ms);
    else await setImmediate();
  }
  await world.rest();
  return world;
}

describe("dispatches that wait at the same time", () => {
  const steps = fc.array(step, { maxLength: 30 });
  const policies = fc.constantFrom(propagate, skip("warn"));
  const limits = fc.constantFrom<Limits>(UNLIMITED, [20, undefined, 30], [30, 10, 30]);

  it("law: each comes to what a plain fold of its own callbacks' answers is, whatever comes late or twice", async () => {
    await fc.assert(
      fc.asyncProperty(steps, policies, limits, fc.boolean(), fc.boolean(), async (given, failure, within, ...how) => {
        const { dispatched, faults, watchdog } = await play(given, failure, within, ...how);
        for (const each of dispatched) {
          const { called, result } = folded(each, failure, within);
          expect(await each.result.catch(String)).to.deep.equal(result);
          expect(each.called).to.deep.equal(called);
        }
        expect(faults).to.deep.equal([]);
        expect(watchdog.pending).to.equal(0);
      }),
      { examples: [0, 1, 2].map((position) => [twiceAt(position), skip("warn"), UNLIMITED, false, position === 1]) },
    );
  });

  it("law: what is recorded of each is its own: arguments, who was called and asked what, answers, errors, and the result", async () => {
    await fc.assert(
      fc.asyncProperty(steps, policies, limits, fc.boolean(), async (given, failure, within, isTimed) => {
        const { dispatched, recorded } = await play(given, failure, within, isTimed, true);
        expect(recorded.map(({ args }) => (args![0] as Dispatched).id).toSorted((a, b) => a - b)).to.deep.equal(
          dispatched.map(({ id }) => id),
        );
        for (const { args, came, reads, outcome } of recorded) {
          const each = args![0] as Dispatched;
          const { id, behaviours, context } = each;
          const { called, failed, late, result } = folded(each, failure, within);
          expect(args![1]).to.equal(context);
          expect(outcome && "error" in outcome ? String(outcome.error) : outcome?.result).to.deep.equal(result);
          const asked = new Set([...called.map((one) => Number(one.split(".")[1])), ...late]);
          expect(came.map(({ index }) => index)).to.deep.equal([...asked].toSorted((a, b) => a - b));
          expect(came.filter(({ thrown }) => thrown).map(({ index }) => index)).to.deep.equal(failed);
          for (const { index, answer } of came) {
            if (failed.includes(index)) continue;
            const decides = behaviours[index]!.outcome === "decide";
            expect(answer).to.deep.equal(
              behaviours[index]!.outcome === "pass" ? "PASS" : new Answer(`${index} to ${id}`, decides),
            );
          }
          const last = came.at(-1)?.index ?? CALLBACKS - 1;
          expect(came.filter(({ decided }) => decided).every(({ index }) => index === last)).to.equal(true);
          for (const [index, read] of reads!) expect(read).to.deep.equal([[id, `m${index}`]]);
        }
      }),
    );
  });

  it("law: counters have every call, every failure and every time-out, once", async () => {
    await fc.assert(
      fc.asyncProperty(steps, policies, limits, fc.boolean(), async (given, failure, within, isTimed) => {
        const { dispatched, chain } = await play(given, failure, within, isTimed);
        const all = dispatched.map((each) => folded(each, failure, within));
        const counted = chain.plan.meter.read();
        expect(counted.map(({ calls, failures, timeouts }) => ({ calls, failures, timeouts }))).to.deep.equal(
          within.map((_, index) => ({
            calls: all.filter(
              ({ called, late }) => late.includes(index) || called.some((one) => one.endsWith(`.${index}`)),
            ).length,
            failures: all.filter(({ failed }) => failed.includes(index)).length,
            timeouts: all.filter(({ late }) => late.includes(index)).length,
          })),
        );
      }),
    );
  });
});

describe("a dispatch that is over", () => {
  // All are over before the first test looks: one collection of garbage is for all of them.
  const over: (() => Promise<void>)[] = [];
  before(async () => {
    for (const each of over) await each();
  });

  for (const [what, outcomes] of [
    ["one callback that answers later", ["later pass"]],
    ["one callback that fails later", ["later fail"]],
    ["three callbacks that answer later", ["later add", "later pass", "later decide"]],
    ["three callbacks of which none decides", ["later add", "later add", "later pass"]],
    ["callbacks of which one fails later and others follow", ["later fail", "now pass", "later pass"]],
    ["callbacks that answer immediately", ["now add", "now fail", "now decide"]],
  ] as const) {
    for (const isTimed of [true, false]) {
      let chain: Chain;
      let held: readonly WeakRef<object>[];
      over.push(async () => {
        chain = new Chain("Probe.ask", askHook(skip("warn")), {
          watchdog: new Watchdog(Infinity),
          budgets: new SweepingBudgets(),
        });
        if (!isTimed) passTimed(chain);
        chain.setCallbacks(
          outcomes.map((outcome, index) => {
            const [when, come] = outcome.split(" ") as ["now" | "later", Behaviour["outcome"]];
            const answer = (argument: object) => {
              if (come === "fail") throw new Error("boom");
              return come === "pass" ? "PASS" : new Answer(argument, come === "decide");
            };
            return chainCallback(
              `m${index}`,
              when === "now"
                ? (argument) => answer(argument as object)
                : async (argument) => {
                    await setImmediate();
                    return answer(argument as object);
                  },
            );
          }),
        );
        held = await heldBy(chain);
      });

      it(`a dispatch that is over keeps nothing of its request: ${what}${isTimed ? ", timed" : ""}`, async () => {
        await untilCollected(() => held.every((each) => each.deref() === undefined));
        // The chain itself is still in use.
        expect(chain.plan.calls).to.have.length(outcomes.length);
      });
    }
  }
});

/** Runs some dispatches, some at the same time, and forgets everything about them. */
async function heldBy(chain: Chain): Promise<WeakRef<object>[]> {
  const held: WeakRef<object>[] = [];
  const request = async (number: number) => {
    const argument = { number };
    const context = { requestId: String(number), signal: new AbortController().signal };
    held.push(new WeakRef(argument), new WeakRef(context));
    const result = await chain.run(context, argument, context);
    if (typeof result === "object" && result !== null) held.push(new WeakRef(result));
  };
  for (let round = 0; round < 3; round++) await Promise.all([1, 2, 3].map(request));
  return held;
}
