import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import type { Host } from "#src/container/host.js";
import { isCancellation } from "#src/errors/cancelled-error.js";
import type { HookContext } from "#src/hooks/context.js";
import type { Observation } from "#src/dispatch/observer.js";
import type { Parameter } from "#src/hooks/parameter.js";
import { deny, MatrixError, type LigandError } from "#src/index.js";
import { comparable } from "../../catalogue/comparable.js";
import { memberAsking, SAMPLED_HOOKS, type SampledHook } from "../../catalogue/sampled-hooks.js";
import { outcomeOf } from "../served.js";
import { localHost } from "./local-host.js";
import { MODULES, SCRIPT } from "./scripted-modules.js";

const SCRIPTED = fileURLToPath(new URL("scripted-modules.js", import.meta.url));

/** What a callback does when it's called. */
interface Behaviour {
  readonly when: "now" | "later";
  /** The answer by its place among those of the hook; or an odd answer; or what is thrown. */
  readonly does: "pass" | "decide" | "answer oddly" | "throw";
  readonly which: number;
  /** Changes the arguments that it may change, before it answers or throws. */
  readonly changes: boolean;
}

/** A dispatch of a hook. */
interface Scenario {
  readonly hook: number;
  readonly behaviours: readonly Behaviour[];
  /** The module that cancels the request while it's called, if one does. */
  readonly cancels: number | undefined;
}

class Strange {
  readonly value = 1;
}

/** Answers that no hook accepts, or that few do. */
const ODD: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => new Strange(),
  () => new Date(0),
  () => /x/,
  () => Symbol("x"),
  () => 10n,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => [1, 2][Symbol.iterator](),
  () => [true, new Map([["a", new Strange()]])],
  () => [false, { n: Number.NaN }],
  () => [true, { type: "m.x", content: { at: new Date(0) } }],
  () => new Map([["@a:x", new Set([new Strange()])]]),
  () => new Map([["@a:x", "not a set"]]),
  () => new Set(["@a:x", 5]),
  () => cyclic(),
  () => ({ a: undefined }),
  () => [undefined],
  () => ({ $: "denial", code: "M_FORBIDDEN" }),
  () => () => 1,
  () => new TypeError("returned, not thrown"),
  () => "",
  () => [],
  () => ({}),
  () => true,
  () => false,
  () => deny("M_FORBIDDEN", { error: "no", "org.example.field": [1] }),
  () => ["M_FORBIDDEN", { field: 1 }],
];

const THROWN: readonly (() => unknown)[] = [
  () => new Error("plain"),
  () => new TypeError("of a type"),
  () => new MatrixError(403, "no entry", "M_FORBIDDEN", { fields: { "org.example.why": "x" } }),
  () => new MatrixError(429, "slow down", "M_LIMIT_EXCEEDED", { fields: { retry_after_ms: 5 } }),
  () => new MatrixError(200, "no error", "M_UNKNOWN"),
  () => new DOMException("given up", "AbortError"),
  () => "text",
  () => null,
  () => undefined,
  () => ({ message: "of another realm", stack: "Error: of another realm" }),
  () => new Strange(),
];

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
}

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  when: fc.constantFrom("now", "later"),
  // Most pass, or later callbacks would hardly be reached.
  does: fc.constantFrom("pass", "pass", "pass", "decide", "answer oddly", "throw"),
  which: fc.nat(1000),
  changes: fc.boolean(),
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  hook: fc.nat(SAMPLED_HOOKS.length - 1),
  behaviours: fc.array(behaviour, { minLength: MODULES, maxLength: MODULES }),
  cancels: fc.option(fc.nat(MODULES - 1), { nil: undefined, freq: 8 }),
});
/** A start of modules takes as long as many dispatches. */
const scenarios = fc.array(scenario, { minLength: 4, maxLength: 4 });
const assignment = fc.array(fc.constantFrom("main", "a", "b", "own"), { minLength: MODULES, maxLength: MODULES });

describe("modules of several processes in one chain", () => {
  const observed: Observation[] = [];
  const hosts = new Map<string, Promise<Host>>();
  /** A host of the scripted modules, each in the process that's named at its place: `main`, `own`, or another name. */
  const hostOf = (processes: readonly string[]) => {
    const entries = processes.map(
      (process, index) => `{ module: "${SCRIPTED}#M${index}", operate: { process: ${process} } }`,
    );
    const key = processes.join(" ");
    const known = hosts.get(key) ?? localHost(entries, { observer: (observation) => void observed.push(observation) });
    hosts.set(key, known);
    return known;
  };

  after(async () => {
    for (const host of hosts.values()) await (await host).stop();
  });

  /** Everything that can be seen of a dispatch. */
  async function seen(host: Host, { hook: place, behaviours, cancels }: Scenario): Promise<unknown> {
    const sampled = SAMPLED_HOOKS[place]!;
    const { property, name, samples, hook } = sampled;
    const parameters = hook.parameters as readonly Parameter[];
    const args = (samples.args as readonly unknown[]).map((arg, position) =>
      parameters[position]!.mutable ? structuredClone(arg) : arg,
    );
    const called: unknown[] = [];
    const controller = new AbortController();
    observed.length = 0;
    SCRIPT.run = (module, key, given) => {
      // A hook may ask another one.
      const asked = SAMPLED_HOOKS.find((other) => `${other.property}.${other.name}` === key)!;
      called.push(module);
      const { signal } = given[(asked.hook.parameters as readonly Parameter[]).length] as HookContext;
      const run = () => act(asked, behaviours[module]!, given);
      if (module === cancels && !hook.synchronous) {
        const aborted = new Promise<void>((resolve) => signal!.addEventListener("abort", () => resolve()));
        controller.abort();
        return (signal!.aborted ? Promise.resolve() : aborted).then(run);
      }
      return behaviours[module]!.when === "now" || hook.synchronous ? run() : setImmediate().then(run);
    };
    const context = { requestId: "PUT-7", origin: "local", signal: controller.signal } as const;
    const methods = host.hooks[property as keyof Host["hooks"]] as unknown as Record<
      string,
      (...a: unknown[]) => unknown
    >;
    const outcome = await outcomeOf(async () =>
      comparable(await methods[memberAsking(property, name)]!(...args, context)),
    );
    return {
      outcome: "error" in outcome ? { error: shown(outcome.error) } : outcome,
      live: args.filter((_, position) => parameters[position]!.mutable),
      called,
      // A synchronous hook is over before another process answers: what it comes to is seen when the slot is used.
      // Of a shielded hook that was cancelled, what came before that in the same process is no longer judged.
      decided: (hook.synchronous || (hook.shield && cancels !== undefined) ? [] : observed).map(
        ({ module, callback, decided, error }) => [module, callback, decided, error && shown(error)],
      ),
    };
  }

  function act({ samples, hook }: SampledHook, { does, which, changes }: Behaviour, given: unknown[]): unknown {
    const parameters = hook.parameters as readonly Parameter[];
    for (const [position, { mutable }] of parameters.entries()) {
      if (!mutable || !changes) continue;
      const live = given[position] as Record<string, unknown>;
      live[`changed-${which}`] = { list: [which] };
      delete live[Object.keys(live)[0]!];
    }
    if (does === "throw") throw pick(THROWN, which)!();
    if (does === "answer oddly") return pick(ODD, which)!();
    const { pass, decides, deprecated = [], illegal = [] } = samples;
    const deciding = [...decides, ...deprecated, ...illegal].map(([answer]) => answer);
    return does === "pass" || deciding.length === 0 ? pick(pass, which) : pick(deciding, which);
  }

  it("come to what they come to in the homeserver's process, whatever they answer, throw and change", async () => {
    await fc.assert(
      fc.asyncProperty(assignment, scenarios, async (processes, all) => {
        for (const drawn of all) {
          const inMain = await seen(await hostOf(processes.map(() => "main")), drawn);
          const assigned = await seen(await hostOf(processes), drawn);
          const { property, name } = SAMPLED_HOOKS[drawn.hook]!;
          const of = `${property}.${name}: ${inspect(assigned, WHOLE)} instead of ${inspect(inMain, WHOLE)}`;
          expect(assigned, of).to.deep.equal(inMain);
        }
      }),
      { numRuns: Number(process.env["PROCESS_RUNS"] ?? 40) },
    );
  });
});

const WHOLE = { depth: 10 };

function pick<T>(values: readonly T[], which: number): T | undefined {
  return values[which % values.length];
}

/** What says which error it is, in any process. */
function shown(error: unknown): unknown {
  if (isCancellation(error)) return "a cancellation";
  const { name, message, code, status, errcode, fields } = error as LigandError & MatrixError;
  return { name, message, code, status, errcode, fields };
}
