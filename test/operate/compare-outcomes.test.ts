import { expect } from "chai";
import fc from "fast-check";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { AnyHook } from "#src/hooks/hook.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { differenceBetween, outcomeWith, type Difference, type Outcome } from "#src/operate/compare-outcomes.js";
import { SAMPLED_HOOKS, type SampledHook } from "../catalogue/sampled-hooks.js";
import { startCategory, type Callback } from "../dispatch/start-category.js";

const { spamChecker, thirdPartyRules, accountValidity, unsignedFields, presenceRouter } = CATALOGUE;

/** Says what a hook comes to when modules give some answers, and which answers it takes to come to it. */
function dispatching({ category, name, samples }: SampledHook) {
  let given: readonly unknown[] = [];
  let taken: unknown[] = [];
  const answering = (index: number) => () => (taken.push(given[index]), given[index]);
  const chains: Callback[] = [];
  /** The chain of so many modules. */
  const chainOf = (count: number) => {
    const modules = Array.from({ length: count }, (_, index) => [`m${index}`, { [name]: answering(index) }]);
    const { chainMethods } = startCategory(
      category,
      Object.fromEntries(modules) as Parameters<typeof startCategory>[1],
    );
    return chainMethods[name] as Callback;
  };
  return (answers: readonly unknown[]) => {
    given = answers;
    taken = [];
    const chain = (chains[answers.length] ??= chainOf(answers.length));
    return { outcome: { result: chain(...(samples.args as readonly unknown[])) as unknown }, answers: taken };
  };
}

describe("what a callback in shadow would change", () => {
  for (const sampled of SAMPLED_HOOKS.filter(({ samples }) => samples.pass.length > 0)) {
    const { category, name, hook, samples } = sampled;
    const legal = [...samples.pass, ...samples.decides.map(([answer]) => answer)];

    it(`a dispatch of ${category.name}.${name} comes with a further answer to what it comes to when that is enforced`, () => {
      const answer = fc.constantFrom(...legal);
      const dispatched = dispatching(sampled);
      const hasDecided = (answers: readonly unknown[]) =>
        dispatched([...answers, samples.pass[0]]).answers.length === answers.length;
      fc.assert(
        fc.property(fc.array(answer, { maxLength: 4 }), answer, fc.nat(4), (others, added, place) => {
          const before = dispatched(others);
          // Behind the one that decided, no callback is passed.
          fc.pre(place <= before.answers.length - (hasDecided(before.answers) ? 1 : 0));
          const enforced = dispatched(others.toSpliced(place, 0, added));
          const tried = outcomeWith({ hook, ...before }, place, added);
          expect(differenceBetween(hook, tried, enforced.outcome)).to.equal("unchanged");
        }),
        { numRuns: 30 },
      );
    });
  }

  const forbidden = { error: new MatrixError(403, "no", "M_FORBIDDEN") };
  const cases: readonly (readonly [string, AnyHook, Outcome, Outcome, Difference])[] = [
    ["the same verdict", spamChecker.hooks.userMayInvite, { result: NOT_SPAM }, { result: NOT_SPAM }, "unchanged"],
    [
      "the same denial",
      spamChecker.hooks.userMayInvite,
      { result: deny("M_FORBIDDEN") },
      { result: deny("M_FORBIDDEN") },
      "unchanged",
    ],
    [
      "a denial in the place of none",
      spamChecker.hooks.userMayInvite,
      { result: NOT_SPAM },
      { result: deny("M_UNKNOWN") },
      "refuses",
    ],
    [
      "no denial in the place of one",
      spamChecker.hooks.userMayInvite,
      { result: deny("M_UNKNOWN") },
      { result: NOT_SPAM },
      "allows",
    ],
    [
      "another denial",
      spamChecker.hooks.userMayInvite,
      { result: deny("M_FORBIDDEN") },
      { result: deny("M_UNKNOWN") },
      "changes",
    ],
    [
      "a registration that is denied",
      spamChecker.hooks.checkRegistrationForSpam,
      { result: "allow" },
      { result: "deny" },
      "refuses",
    ],
    [
      "a registration that is shadow-banned",
      spamChecker.hooks.checkRegistrationForSpam,
      { result: "allow" },
      { result: "shadow_ban" },
      "changes",
    ],
    [
      "an event that is refused",
      thirdPartyRules.hooks.checkEventAllowed,
      { result: [true, null] },
      { result: [false, null] },
      "refuses",
    ],
    [
      "an event that is replaced",
      thirdPartyRules.hooks.checkEventAllowed,
      { result: [true, null] },
      { result: [true, { type: "a" }] },
      "changes",
    ],
    ["a room that isn't created", thirdPartyRules.hooks.onCreateRoom, { result: undefined }, forbidden, "refuses"],
    [
      "a room that is refused in the same words",
      thirdPartyRules.hooks.onCreateRoom,
      forbidden,
      { error: new MatrixError(403, "no", "M_FORBIDDEN") },
      "unchanged",
    ],
    [
      "a room that is refused in other words",
      thirdPartyRules.hooks.onCreateRoom,
      forbidden,
      { error: new MatrixError(403, "never", "M_FORBIDDEN") },
      "changes",
    ],
    [
      "an account that has expired",
      accountValidity.hooks.isUserExpired,
      { result: undefined },
      { result: true },
      "refuses",
    ],
    [
      "an account of which a module is sure",
      accountValidity.hooks.isUserExpired,
      { result: undefined },
      { result: false },
      "changes",
    ],
    ["a field more", unsignedFields.hooks.addFieldToUnsigned, { result: {} }, { result: { a: 1 } }, "changes"],
    [
      "an equal set",
      presenceRouter.hooks.getInterestedUsers,
      { result: new Set(["@a:b"]) },
      { result: new Set(["@a:b"]) },
      "unchanged",
    ],
    [
      "a larger set",
      presenceRouter.hooks.getInterestedUsers,
      { result: new Set(["@a:b"]) },
      { result: new Set(["@a:b", "@c:d"]) },
      "changes",
    ],
  ];
  for (const [what, hook, before, after, difference] of cases) {
    it(`${what}: ${difference}`, () => {
      expect(differenceBetween(hook, before, after)).to.equal(difference);
    });
  }

  it("a dispatch that ended by an error ends by it still, unless the further answer decides before", () => {
    const hook = spamChecker.hooks.userMayInvite;
    const outcome = { error: new Error("boom") };
    const failed = { hook, answers: [NOT_SPAM], outcome };
    expect([outcomeWith(failed, 0, NOT_SPAM), outcomeWith(failed, 0, "M_FORBIDDEN")]).to.deep.equal([
      outcome,
      { result: deny("M_FORBIDDEN") },
    ]);
  });
});
