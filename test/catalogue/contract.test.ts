import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import type { HookContext } from "#src/hooks/context.js";
import type { Parameter } from "#src/hooks/parameter.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { startCategory, type Callback, type ModuleOfFunctions } from "../dispatch/start-category.js";
import { comparable } from "./comparable.js";
import { expectedFailure, type Fate } from "./failures.js";
import { received, SAMPLED_HOOKS, type SampledHook } from "./sampled-hooks.js";

/** Callbacks that answer synchronously, and callbacks that answer later. */
const MODES: Readonly<Record<string, (answer: () => unknown) => Callback>> = {
  synchronously: (answer) => answer,
  later: (answer) => async () => answer(),
};

const ERRORS: readonly (readonly ["plain" | "matrix" | "cancellation", error: unknown])[] = [
  ["plain", new TypeError("boom")],
  ["matrix", new MatrixError(429, "slow down", "M_LIMIT_EXCEEDED")],
  // Of the callback's own: the request isn't cancelled.
  ["plain", new DOMException("gone", "AbortError")],
  ["plain", new CancelledError()],
  ["cancellation", new CancelledError()],
  ["cancellation", new DOMException("gone", "AbortError")],
];

const throwing = (error: unknown) => () => {
  throw error;
};

type Outcome = { readonly result: unknown } | { readonly error: unknown };

for (const sampled of SAMPLED_HOOKS) {
  describe(`contract of ${sampled.category.name}.${sampled.name}`, () => contract(sampled));
}

function contract({ category, name, hook, samples: expected }: SampledHook): void {
  const args = expected.args as readonly unknown[];
  const parameters = hook.parameters as readonly Parameter[];
  const failure = expectedFailure(hook.failure);
  const single = expected.pass.length === 0;
  const empty: Outcome = { result: expected.empty };
  // Whatever lets the walk go on; hooks of one callback have nothing of the kind.
  const [pass] = expected.pass;
  const anyAnswer = single ? expected.decides[0]![0] : pass;
  const anyResult: Outcome = single ? { result: expected.decides[0]![1] } : empty;

  const startedWith = (...callbacks: Callback[]) => {
    const ids = ["first", "second", "third"];
    const modules: Record<string, ModuleOfFunctions> = {};
    for (const [index, callback] of callbacks.entries()) modules[ids[index]!] = { [name]: callback };
    const started = startCategory(category, modules);
    const method = started.chainMethods[name] as Callback;
    const ask = (context?: HookContext) => (context ? method(...args, context) : method(...args));
    // Without what was written at the start, about modules that a category does not hear.
    const atStart = started.lines().length;
    return { ...started, ask, lines: () => started.lines().slice(atStart) };
  };
  const levels = (lines: object[]) =>
    lines.map((line) => {
      const { level, module, hook, requestId } = line as Record<string, string>;
      return { level, module, hook, requestId };
    });
  const lineOf = (level: string, module: string, requestId?: string) => ({
    level,
    module,
    hook: `${category.name}.${name}`,
    requestId,
  });

  it("case 513: an empty chain answers synchronously", () => {
    expect(startedWith().ask()).to.deep.equal(expected.empty);
  });

  it("callbacks receive the arguments and the context", () => {
    const seen: unknown[][] = [];
    const { ask } = startedWith((...given) => (seen.push(given), anyAnswer));
    ask();
    ask({ requestId: "r" });
    const used = seen.map((given) => given.slice(0, args.length + 1));
    expect(used).to.deep.equal([received(expected), received(expected, { requestId: "r" })]);
    const own = parameters.filter((_, index) => used[0]![index] !== args[index]);
    const { remade = [] } = expected;
    const expectedOwn = parameters.filter(({ name: parameter, copy }) => copy || remade.includes(parameter));
    expect(own).to.deep.equal(expectedOwn);
  });

  for (const [mode, answering] of Object.entries(MODES)) {
    if (hook.synchronous && mode === "later") continue;
    describe(`where callbacks answer ${mode}`, () => {
      for (const answer of expected.pass) {
        it(`where callbacks answer ${mode}, the next one is asked after the answer ${text(answer)}`, async () => {
          const callback = answering(() => answer);
          const { ask, asked, lines } = startedWith(callback, callback, callback);
          expect(await outcomeOf(ask)).to.deep.equal(empty);
          expect(asked).to.deep.equal(["first", "second", "third"]);
          expect(lines()).to.deep.equal([]);
        });
      }

      for (const [answer, result] of expected.decides) {
        it(`where callbacks answer ${mode}, the dispatch ends at the answer ${text(answer)}`, async () => {
          const ends = answering(() => answer);
          const callbacks = single ? [ends, ends] : [answering(() => pass), ends, ends];
          const { ask, asked, lines } = startedWith(...callbacks);
          expect(await comparable(await outcomeOf(ask))).to.deep.equal(await comparable({ result }));
          expect(asked).to.deep.equal(single ? ["first"] : ["first", "second"]);
          expect(lines()).to.deep.equal([]);
        });
      }

      for (const [answer, result] of expected.deprecated ?? []) {
        it(`where callbacks answer ${mode}, the deprecated answer ${text(answer)} is accepted with one warning`, async () => {
          const { ask, asked, lines } = startedWith(
            answering(() => answer),
            answering(() => pass),
          );
          await outcomeOf(() => ask());
          expect(await outcomeOf(ask)).to.deep.equal(result === "pass" ? empty : { result });
          expect(asked.slice(asked.length / 2)).to.deep.equal(result === "pass" ? ["first", "second"] : ["first"]);
          expect(levels(lines())).to.deep.equal([lineOf("warn", "first")]);
        });
      }

      for (const [answer, effect] of expected.illegal ?? []) {
        it(`case 440: the illegal answer ${text(answer)} leads to what the samples say`, async () => {
          const illegal = answering(() => answer);
          const { ask, asked, lines } = startedWith(
            illegal,
            answering(() => anyAnswer),
          );
          const outcome = await outcomeOf(() => ask({ requestId: "r" }));
          if (effect === "failure") {
            const [fate, level] = failure.plain;
            expect(fateOf(outcome, illegalAnswerOf(outcome))).to.equal(fate);
            expect(illegalAnswerOf(outcome)).to.have.property("code", "LIGAND_ANSWER_ILLEGAL");
            expect(asked).to.deep.equal(["first"]);
            expect(levels(lines())).to.deep.equal([lineOf(level, "first", "r")]);
          } else {
            expect(outcome).to.deep.equal(effect === "skip" ? anyResult : effect);
            expect(asked).to.deep.equal(effect === "skip" ? ["first", "second"] : ["first"]);
            expect(levels(lines())).to.deep.equal([lineOf("warn", "first", "r")]);
          }
        });
      }

      for (const [kind, error] of ERRORS) {
        const [fate, level] = failure[kind];
        for (const [position, at] of [
          ["first", 0],
          ["second", 1],
          ["third", 2],
        ] as const) {
          if (single && at > 0) continue;
          it(`case 510: an error of kind ${kind} (${(error as Error).name}) in the ${position} callback: ${fate}`, async () => {
            const request = new AbortController();
            const fails = () => {
              if (kind === "cancellation") request.abort();
              throw error;
            };
            const callbacks = [0, 1, 2].map((index) => answering(index === at ? fails : () => anyAnswer));
            const { ask, asked, lines } = startedWith(...callbacks);
            const outcome = await outcomeOf(() => ask({ requestId: "r", signal: request.signal }));
            expect(fateOf(outcome, error)).to.equal(fate);
            if (fate === "skip") expect(outcome).to.deep.equal(empty);
            const all = ["first", "second", "third"];
            expect(asked).to.deep.equal(fate === "skip" ? all : all.slice(0, at + 1));
            // A shielded request that waits for a promise sees its cancellation before the callback is judged.
            const isJudged = !(hook.shield && kind === "cancellation" && mode === "later");
            expect(levels(lines())).to.deep.equal(isJudged ? [lineOf(level, position, "r")] : []);
          });
        }
      }
    });
  }

  if (hook.shield) {
    it("a request that was already cancelled calls no callback", async () => {
      const { ask, asked } = startedWith(() => anyAnswer);
      const outcome = await outcomeOf(() => ask({ signal: AbortSignal.abort(), requestId: "r" }));
      expect((outcome as { error: unknown }).error)
        .to.be.instanceOf(CancelledError)
        .with.property("message", "request r was cancelled");
      expect(asked).to.deep.equal([]);
    });

    for (const [what, settle] of [
      ["answers", () => anyAnswer],
      ["fails", throwing(new Error("boom"))],
      ["fails with a MatrixError", throwing(new MatrixError(400, "no"))],
    ] as const) {
      it(`a cancelled request waits until the callback ${what}, and then sees the cancellation`, async () => {
        const { outcome, settled, ranToEnd, asked } = await cancelWhileAsked(startedWith, settle, () => anyAnswer);
        expect(settled.beforeRelease).to.equal(false);
        expect((outcome as { error: unknown }).error).to.be.instanceOf(CancelledError);
        expect(ranToEnd()).to.equal(true);
        expect(asked).to.deep.equal(["first"]);
      });
    }

    it("a cancelled request sees the callback's own cancellation as the same object", async () => {
      const own = new CancelledError("own");
      const { outcome } = await cancelWhileAsked(startedWith, throwing(own), () => anyAnswer);
      expect((outcome as { error: unknown }).error).to.equal(own);
    });
  } else if (!hook.synchronous) {
    it("without a shield, the hook leaves the signal to its callbacks", async () => {
      const { outcome, asked } = await cancelWhileAsked(
        startedWith,
        () => anyAnswer,
        () => anyAnswer,
      );
      expect(outcome).to.deep.equal(anyResult);
      expect(asked).to.deep.equal(single ? ["first"] : ["first", "second"]);
    });
  }
}

interface Started {
  readonly ask: (context?: HookContext) => unknown;
  readonly asked: readonly string[];
}

/** Cancels a request while its first callback is asked, twice, and then lets the callback settle. */
async function cancelWhileAsked(startedWith: (...callbacks: Callback[]) => Started, settle: Callback, next: Callback) {
  const controller = new AbortController();
  let release!: () => void;
  let finished = false;
  const first = async () => {
    await new Promise<void>((resolve) => (release = resolve));
    finished = true;
    return settle();
  };
  const { ask, asked } = startedWith(first, next);
  const settled = { beforeRelease: false, now: false };
  const waiting = outcomeOf(() => ask({ signal: controller.signal })).finally(() => (settled.now = true));
  await setImmediate();
  controller.abort();
  controller.abort();
  await setImmediate();
  settled.beforeRelease = settled.now;
  release();
  return { outcome: await waiting, settled, ranToEnd: () => finished, asked };
}

async function outcomeOf(ask: () => unknown): Promise<Outcome> {
  try {
    return { result: await ask() };
  } catch (error) {
    return { error };
  }
}

/** What became of an error. */
function fateOf(outcome: Outcome, error: unknown): Fate | "unknown" {
  if ("result" in outcome) return "skip";
  if (outcome.error === error) return "same";
  const wrapped = outcome.error as Error;
  if (wrapped.cause !== error) return "unknown";
  if (wrapped instanceof ModuleFailedError) return "module failed";
  const { status, errcode } = wrapped as MatrixError;
  return errcode === "M_UNKNOWN" && (status === 403 || status === 500) ? status : "unknown";
}

/** The error of an illegal answer, whether it reached the operation itself or as the cause of another. */
function illegalAnswerOf(outcome: Outcome): unknown {
  const { error } = outcome as { error: unknown };
  return error instanceof LigandError && error.code === "LIGAND_ANSWER_ILLEGAL" ? error : (error as Error).cause;
}

function text(value: unknown): string {
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name} ${text([...value])}`;
  return JSON.stringify(value) ?? String(value);
}
