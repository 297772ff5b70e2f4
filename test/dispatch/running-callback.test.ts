import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { category } from "#src/hooks/category.js";
import { propagate, skip } from "#src/hooks/failure-policy.js";
import { hook } from "#src/hooks/hook.js";
import { legal } from "#src/hooks/legal-answers.js";
import { CALLBACK, NUMBERED, RUNNING, STEPS } from "#src/dispatch/running-callback.js";
import { firstNonNull } from "#src/hooks/strategies.js";
import { untilCollected } from "../collect-garbage.js";
import { startCategory, type ModuleOfFunctions } from "./start-category.js";

const question = { summary: "Asked by tests.", since: "1.0.0", refusal: null, shield: false } as const;
const probe = category({
  name: "Probe",
  summary: "Hooks of tests.",
  since: "1.0.0",
  hooks: {
    ask: hook<[], unknown, unknown>({
      ...question,
      parameters: [],
      answers: legal(
        "anything",
        firstNonNull((answer) => answer),
      ),
      failure: skip("warn"),
    }),
    strict: hook<[], unknown, unknown>({
      ...question,
      parameters: [],
      answers: legal(
        "anything",
        firstNonNull((answer) => answer),
      ),
      failure: propagate,
    }),
  },
});

/** What runs now: module, callback and hook; undefined where no callback does. */
function running(): string | undefined {
  const { module, name, hook } = NUMBERED.callbacks.get(RUNNING[CALLBACK]!) ?? {};
  return module === undefined ? undefined : `${module} ${name} ${hook}`;
}

/** What was running while each callback ran; and afterwards, which must be nothing. */
async function seen(modules: (note: () => void) => Readonly<Record<string, ModuleOfFunctions>>) {
  const notes: (string | undefined)[] = [];
  const { hooks } = startCategory(
    probe,
    modules(() => void notes.push(running())),
  );
  await Promise.allSettled([(async () => hooks.ask())(), (async () => hooks.strict())()]);
  expect(running()).to.equal(undefined);
  return notes;
}

const fails = (note: () => void) => () => {
  note();
  throw new Error("boom");
};

describe("RUNNING", () => {
  it("RUNNING has the number of each callback while it runs, and none after all have passed", async () => {
    const notes = await seen((note) => ({ a: { ask: note }, b: { ask: note } }));
    expect(notes).to.deep.equal(["a a.ask Probe.ask", "b b.ask Probe.ask"]);
  });

  it("RUNNING has none after a callback decided, threw past its hook's policy, or returned a promise", async () => {
    expect(await seen((note) => ({ a: { ask: () => (note(), "no") } }))).to.deep.equal(["a a.ask Probe.ask"]);
    expect(await seen((note) => ({ a: { ask: fails(note) }, b: { ask: note } }))).to.deep.equal([
      "a a.ask Probe.ask",
      "b b.ask Probe.ask",
    ]);
    expect(await seen((note) => ({ a: { strict: fails(note) } }))).to.deep.equal(["a a.strict Probe.strict"]);
    const slow = (note: () => void) => async () => {
      note();
      await setImmediate();
      note();
    };
    expect(await seen((note) => ({ a: { ask: slow(note) } }))).to.deep.equal(["a a.ask Probe.ask", undefined]);
  });

  it("RUNNING has the callbacks that follow a promise", async () => {
    const notes = await seen((note) => ({
      a: { ask: () => setImmediate() },
      b: { ask: note },
      c: { ask: fails(note) },
      d: { ask: async () => note() },
    }));
    expect(notes).to.deep.equal(["b b.ask Probe.ask", "c c.ask Probe.ask", "d d.ask Probe.ask"]);
  });

  it("RUNNING has the callback again that asked another hook", () => {
    const notes: (string | undefined)[] = [];
    const { hooks } = startCategory(probe, {
      a: {
        ask: () => {
          hooks.strict();
          notes.push(running());
        },
        strict: () => void notes.push(running()),
      },
    });
    hooks.ask();
    expect(notes).to.deep.equal(["a a.strict Probe.strict", "a a.ask Probe.ask"]);
  });

  it("RUNNING counts dispatches and what follows promises, so that two calls of one callback differ from one long call", async () => {
    const { hooks } = startCategory(probe, { a: { ask: () => setImmediate() }, b: { ask: () => undefined } });
    const before = RUNNING[STEPS]!;
    hooks.strict();
    await hooks.ask();
    await hooks.ask();
    // A hook without callbacks runs nothing.
    expect(RUNNING[STEPS]! - before).to.equal(4);
  });

  it("RUNNING forgets the callbacks of chains that are gone", async () => {
    const added = [...numberedAfter(() => startCategory(probe, { a: { ask: () => undefined } }))];
    expect(added.length).to.equal(1);
    await untilCollected(() => !added.some((number) => NUMBERED.callbacks.has(number)));
  });
});

/** The numbers that were given meanwhile. */
function numberedAfter(start: () => unknown): Set<number> {
  const before = new Set(NUMBERED.callbacks.keys());
  start();
  return new Set([...NUMBERED.callbacks.keys()].filter((number) => !before.has(number)));
}
