import { expect } from "chai";
import { andThen } from "#src/hooks/and-then.js";
import { category, methodFor } from "#src/hooks/category.js";
import type { HookContext } from "#src/hooks/context.js";
import { propagate } from "#src/hooks/failure-policy.js";
import { hook } from "#src/hooks/hook.js";
import { legal } from "#src/hooks/legal-answers.js";
import { firstOther } from "#src/hooks/strategies.js";
import { startCategory } from "../dispatch/start-category.js";

const number = { name: "number", summary: "a number" };
const question = {
  summary: "Asked by tests.",
  since: "1.0.0",
  refusal: null,
  answers: legal<string, string>(
    "anything",
    firstOther<string>(
      { name: "first other", summary: "The first other answer decides." },
      "PASS",
      (answer) => answer as string,
    ),
  ),
  failure: propagate,
  shield: false,
} as const;

/** A category of which `general` goes on to `special`, and that has a member of its own. */
const composed = category({
  name: "Composed",
  summary: "Hooks of tests.",
  since: "1.0.0",
  methods: (chains) => ({
    ...chains,
    general: methodFor(chains.general, (a: number, b: number, context?: HookContext) =>
      andThen(chains.general(a, b, context), (answer) => (answer === "PASS" ? chains.special(a + b, context) : answer)),
    ),
    get modules() {
      return chains.special.callbacks.map(({ module }) => module);
    },
  }),
  hooks: {
    general: hook<[a: number, b: number], string, string>({ ...question, parameters: [number, number] }),
    special: hook<[sum: number], string, string>({ ...question, parameters: [number] }),
  },
});

describe("what a category makes of its chains", () => {
  it("what a category makes of its chains asks another hook when no callback has an opinion, with arguments made of the first one's", async () => {
    const seen: unknown[] = [];
    const { hooks, asked } = startCategory(composed, {
      a: { general: () => "PASS", special: (sum: number, context: HookContext) => void seen.push(sum, context) },
      b: { general: async () => "PASS", special: () => "no" },
    });
    expect(await hooks.general(1, 2, { requestId: "r" })).to.equal(undefined);
    expect(seen).to.deep.equal([3, { requestId: "r" }]);
    expect(asked).to.deep.equal(["a", "b", "a"]);
  });

  it("what a category makes of its chains answers without a promise where no callback gives one", () => {
    const { hooks } = startCategory(composed, { a: { special: (sum: number) => `${sum}` } });
    expect(hooks.general(1, 2)).to.equal("3");
  });

  it("what a category makes of its chains doesn't ask the other hook after a decision", () => {
    const { hooks, asked } = startCategory(composed, { a: { general: () => "no", special: () => "late" } });
    expect(hooks.general(1, 2)).to.equal("no");
    expect(asked).to.deep.equal(["a"]);
  });

  it("what a category makes of its chains names the callbacks that its chains have now", () => {
    const { hooks, setModules } = startCategory(composed, { a: { special: () => "no" } });
    const { general } = hooks;
    expect([general.callbacks, hooks.modules]).to.deep.equal([[], ["a"]]);
    setModules({ b: { general: () => "no", special: () => "no" } });
    expect([general.callbacks, hooks.modules]).to.deep.equal([[{ module: "b", name: "b.general" }], ["b"]]);
  });

  it("what a category makes of its chains leaves each chain to be asked alone, as another process does", () => {
    const { chainMethods, asked } = startCategory(composed, { a: { general: () => "PASS", special: () => "no" } });
    expect(chainMethods.general(1, 2)).to.equal("PASS");
    expect(asked).to.deep.equal(["a"]);
  });
});
