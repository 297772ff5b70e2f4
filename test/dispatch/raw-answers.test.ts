import { expect } from "chai";
import fc from "fast-check";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Arrangement } from "#src/dispatch/arrangement.js";
import type { FailurePolicy } from "#src/hooks/failure-policy.js";
import { NOT_ASKED } from "#src/hooks/narrowing.js";
import type { Observation } from "#src/dispatch/observer.js";
import { RawAnswers } from "#src/dispatch/raw-answers.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";
import { startCategory } from "./start-category.js";

const SKIP: FailurePolicy = { name: "go on", outcome: () => ({ kind: "skip" }), level: () => "warn" };

/** What a callback returns, or throws. */
const RETURNS = { pass: NOT_SPAM, decides: "M_FORBIDDEN", deprecated: true, illegal: 5, "not asked": NOT_ASKED };
const THROWS = { fails: new Error("boom"), refuses: new MatrixError(403, "no") };
type Outcome = keyof typeof RETURNS | keyof typeof THROWS;
const outcome = fc.constantFrom(...(Object.keys({ ...RETURNS, ...THROWS }) as Outcome[]), "pass", "pass");

const settle = (come: Outcome): unknown => {
  if (come in THROWS) throw THROWS[come as keyof typeof THROWS];
  return RETURNS[come as keyof typeof RETURNS];
};

/** Callbacks that cross together: the first of each run answers for the run, up to one that throws. */
function inRuns(outcomes: readonly Outcome[], runs: readonly number[]): Arrangement {
  const ends = outcomes.map((_, index) => {
    let end = 0;
    for (const length of runs) if ((end += length) > index) return Math.min(end, outcomes.length);
    return index + 1;
  });
  return {
    join: (callbacks) =>
      callbacks.map((callback, index) => ({
        ...callback,
        joined: true,
        call: async () => {
          const answers: unknown[] = [];
          for (const come of outcomes.slice(index, ends[index])) {
            try {
              answers.push(settle(come));
            } catch (thrown) {
              return new RawAnswers(answers, { thrown });
            }
          }
          return new RawAnswers(answers);
        },
      })),
  };
}

/** What a chain comes to, and everything that's seen of it. */
async function seenOf(outcomes: readonly Outcome[], arrangement: Arrangement, ownPolicy: boolean) {
  const observed: Omit<Observation, "context">[] = [];
  const { hooks, setModules, chains, lines } = startCategory(
    CATALOGUE.spamChecker,
    {},
    { observer: ({ context: _, ...observation }) => void observed.push(observation) },
  );
  setModules(
    Object.fromEntries(outcomes.map((come, index) => [`m${index}`, { userMayPublishRoom: async () => settle(come) }])),
    { ...arrangement, arrange: (callback) => (ownPolicy ? { ...callback, failure: SKIP } : callback) },
  );
  const result = await Promise.resolve(hooks.userMayPublishRoom("@a:hs", "!r:hs")).catch((error: unknown) => ({
    error,
  }));
  const counted = chains.flatMap(({ plan }) =>
    plan.meter.read().map(({ calls, failures, notAsked }) => [calls, failures, notAsked]),
  );
  return { result, observed, counted, lines: lines() };
}

describe("RawAnswers", () => {
  it("law: callbacks that answer together come to what they come to one by one, in results, order, counters, log and observer", async () => {
    const outcomes = fc.array(outcome, { minLength: 1, maxLength: 6 });
    const runs = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(outcomes, runs, fc.boolean(), async (given, lengths, ownPolicy) => {
        const together = await seenOf(given, inRuns(given, lengths), ownPolicy);
        expect(together).to.deep.equal(await seenOf(given, {}, ownPolicy));
      }),
    );
  });
});
