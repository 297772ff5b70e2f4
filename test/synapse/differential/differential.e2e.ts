import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { isCode } from "#src/matrix/codes.js";
import { ERRORS } from "./answers.js";
import { CASES } from "./cases.js";
import { DIFFERENCES, expectedOf, readBySynapse, type Difference } from "./decided-differences.js";
import { HOOKS, runOf, type HookUnderTest } from "./hooks-under-test.js";
import { CATEGORIES, LigandHosts } from "./ligand-hosts.js";
import type { Outcome, Run, Wire } from "./run.js";
import { SynapseDispatchers } from "./synapse-dispatchers.js";
import { sorted } from "./values.js";

const RUNS_PER_HOOK = 300;

/**
 * Any JSON, as it crosses the pipe. A key `$` there means something else; and Synapse's codes are those of a list,
 * where any text of the form is one of ours.
 */
const JSON_VALUES = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => !isCode(value))
  .map((value) => JSON.stringify(value))
  .filter((text) => !text.includes('"$":'))
  .map((text) => JSON.parse(text) as Wire);

interface Case {
  readonly number: number;
  readonly level: string;
  readonly title: string;
  /** Why Synapse's dispatchers cannot show it. */
  readonly notOnSynapse?: string;
}

const sections = JSON.parse(readFileSync("test/conformance/cases.json", "utf8")) as {
  readonly cases: readonly Case[];
}[];
const dispatched = sections.flatMap(({ cases }) => cases.filter(({ level }) => level === "D"));

describe("differential: Synapse's own dispatchers", () => {
  const ligand = new LigandHosts();
  let synapse: SynapseDispatchers;
  before(async () => {
    synapse = await SynapseDispatchers.start();
  });
  after(async () => {
    synapse?.stop();
    await ligand.stop();
  });

  /** What Ligand makes of a run, beside what it should by Synapse and these differences. */
  async function both(run: Run, differences: readonly Difference[] = DIFFERENCES) {
    const outcome = await synapse.outcomeOf(readBySynapse(run, differences));
    const expected = sorted(expectedOf(run, outcome, differences) as unknown as Wire) as Outcome;
    return { actual: await ligand.outcomeOf(run), expected };
  }

  it("every hook is compared", () => {
    const hooks = Array.from(CATEGORIES.values(), ({ name, hooks }) =>
      Object.keys(hooks).map((hook) => `${name}.${hook}`),
    );
    expect(Object.keys(HOOKS)).to.have.members(hooks.flat());
  });

  it("every case of the dispatch level is compared, or says why not", () => {
    const shown = dispatched.filter(({ notOnSynapse }) => notOnSynapse === undefined);
    expect(Object.keys(CASES).map(Number)).to.have.members(shown.map(({ number }) => number));
  });

  for (const { number, title } of dispatched) {
    const runs = CASES[number];
    if (!runs) continue;
    it(`case ${number} (differential): ${title}`, async () => {
      for (const run of runs) {
        const { actual, expected } = await both(run);
        expect(actual, `${run.category}.${run.hook}`).to.deep.equal(expected);
      }
    });
  }

  for (const difference of DIFFERENCES) {
    it(`decided difference: ${difference.name}`, async () => {
      const { actual, expected } = await both(difference.example);
      expect(actual).to.deep.equal(expected);
      const others = DIFFERENCES.filter((each) => each !== difference);
      const without = await both(difference.example, others);
      expect(without.actual, "no difference any more; remove it").to.not.deep.equal(without.expected);
    });
  }

  for (const [name, hook] of Object.entries(HOOKS)) {
    it(`any callbacks of ${name}`, async () => {
      const property = fc.asyncProperty(runsOf(name, hook), async (run) => {
        const { actual, expected } = await both(run);
        expect(actual).to.deep.equal(expected);
      });
      await fc.assert(property, { numRuns: RUNS_PER_HOOK });
    });
  }
});

/** Runs of 0 to 5 callbacks, of which most let the next one be asked. */
function runsOf(name: string, { passing, others }: HookUnderTest): fc.Arbitrary<Run> {
  const gives = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...passing) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
    { weight: 1, arbitrary: fc.constantFrom(...ERRORS) },
    { weight: 1, arbitrary: JSON_VALUES },
  );
  const later = name === "BackgroundUpdates.onUpdate" ? fc.constant(false) : fc.boolean();
  const callbacks = fc.array(fc.record({ gives, later }), { maxLength: 5 });
  const cancelAt = fc.option(fc.nat(4), { freq: 4, nil: undefined });
  return fc
    .record({ callbacks, cancelAt })
    .map(({ callbacks, cancelAt }) => runOf(name, callbacks, cancelAt === undefined ? {} : { cancelAt }));
}
