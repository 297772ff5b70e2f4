import { expect } from "chai";
import fc from "fast-check";
import { LigandError } from "#src/errors/ligand-error.js";
import { isTruthy } from "#src/hooks/answer-predicates.js";
import {
  assign,
  firstFalse,
  firstFalsy,
  firstNonNull,
  firstOther,
  firstTruthy,
  illegalAnswer,
  onlyAnswer,
  runAll,
  unionByKey,
  unionUnlessAll,
} from "#src/hooks/strategies.js";
import { AnswerIssue, Stop, stepWith, type Strategy } from "#src/hooks/strategy.js";

interface Walked {
  readonly result: unknown;
  /** How many answers were looked at. */
  readonly steps: number;
  readonly issues: readonly string[];
}

/** What a chain does with answers, without callbacks. */
function fold(strategy: Strategy<any, any>, answers: readonly unknown[]): Walked {
  const issues: string[] = [];
  let state: unknown = strategy.start();
  for (const [index, answer] of answers.entries()) {
    let step: unknown = strategy.step(state, answer);
    if (step instanceof AnswerIssue) {
      issues.push(`${index} ${step.kind}: ${step.expected}`);
      step = step.outcome;
    }
    if (step instanceof Stop) return { result: step.result, steps: index + 1, issues };
    state = step;
  }
  return { result: strategy.done(state), steps: answers.length, issues };
}

const keyed = () =>
  unionByKey<string, { readonly id: string }>(
    ({ id }) => id,
    () => true,
  );
const text = () =>
  firstNonNull((answer) => (typeof answer === "string" ? answer : new AnswerIssue("illegal", "a string", undefined)));

const json = fc.jsonValue({ maxDepth: 2 });
const sets = fc.array(fc.constantFrom("a", "b", "c")).map((items) => new Set(items));
const maps = fc
  .dictionary(fc.constantFrom("x", "y", "z"), fc.array(fc.constantFrom("a", "b", "c")))
  .map((byKey) => new Map(Object.entries(byKey).map(([key, ids]) => [key, new Set(ids.map((id) => ({ id })))])));
const anyAnswer = fc.oneof(json, fc.constantFrom(undefined, "PASS", "ALL", true, false), sets, maps);

/** Strategies that take any answer, so that laws can be tried on whatever callbacks say. */
const TOTAL: Readonly<Record<string, () => Strategy<any, any>>> = {
  firstOther: () =>
    firstOther<unknown>(
      { name: "first other", summary: "The first other answer decides." },
      "PASS",
      (answer) => answer,
    ),
  firstTruthy,
  firstFalse,
  firstFalsy,
  firstNonNull: () => firstNonNull((answer) => answer),
  firstText: text,
  runAll: () => runAll(),
  onlyAnswer: () => onlyAnswer((answer) => answer),
  unionUnlessAll: () => unionUnlessAll<string, "ALL">("ALL"),
  unionByKey: keyed,
};

describe("strategies", () => {
  for (const [name, strategyOf] of Object.entries(TOTAL)) {
    describe(name, () => {
      it("law: what is answered after the end does not matter", () => {
        fc.assert(
          fc.property(fc.array(anyAnswer), fc.array(anyAnswer), (answers, more) => {
            const walked = fold(strategyOf(), answers);
            const ended = walked.steps < answers.length || endsAt(strategyOf(), answers);
            if (ended) expect(fold(strategyOf(), [...answers, ...more])).to.deep.equal(walked);
            else expect(fold(strategyOf(), [...answers, ...more]).steps).to.be.at.least(answers.length);
          }),
        );
      });

      if ("pass" in strategyOf()) {
        it("law: the pass answer changes nothing", () => {
          const { pass } = strategyOf();
          fc.assert(
            fc.property(fc.array(anyAnswer), fc.nat(), (answers, at) => {
              const withPass = (answers as unknown[]).toSpliced(at % (answers.length + 1), 0, pass);
              expect(fold(strategyOf(), withPass).result).to.deep.equal(fold(strategyOf(), answers).result);
            }),
          );
        });
      }

      it("law: a walk leaves nothing behind for the next one", () => {
        fc.assert(
          fc.property(fc.array(anyAnswer), fc.array(anyAnswer), (answers, others) => {
            const strategy = strategyOf();
            const alone = fold(strategyOf(), answers);
            fold(strategy, others);
            expect(fold(strategy, answers)).to.deep.equal(alone);
          }),
        );
      });

      it("law: leaves the answers as they are", () => {
        fc.assert(
          fc.property(fc.array(anyAnswer), (answers) => {
            const before = structuredClone(answers);
            fold(strategyOf(), answers);
            expect(answers).to.deep.equal(before);
          }),
        );
      });
    });
  }

  it("firstOther: law: the first answer that is not the pass answer, else the pass answer", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("PASS", "a", "b")), (answers) => {
        const { result } = fold(TOTAL["firstOther"]!(), answers);
        expect(result).to.equal(answers.find((answer) => answer !== "PASS") ?? "PASS");
      }),
    );
  });

  it("firstTruthy: law: true exactly if some answer is truthy", () => {
    fc.assert(
      fc.property(fc.array(json), (answers) => {
        expect(fold(firstTruthy(), answers).result).to.equal(answers.some(isTruthy));
      }),
    );
  });

  it("firstTruthy, firstFalsy: issue on what is no boolean, and take its truth", () => {
    const issues = ["1 illegal: true or false", "2 illegal: true or false"];
    expect(fold(firstTruthy(), [false, null, "yes", true])).to.deep.equal({ result: true, steps: 3, issues });
    expect(fold(firstFalsy(), [true, "yes", {}, false])).to.deep.equal({ result: false, steps: 3, issues });
  });

  it("firstFalse: law: false exactly if some answer is `false` itself; the rest allows", () => {
    fc.assert(
      fc.property(fc.array(json), (answers) => {
        expect(fold(firstFalse(), answers).result).to.equal(!answers.includes(false));
      }),
    );
  });

  it("firstFalse: issues on what is no boolean, and allows it", () => {
    expect(fold(firstFalse(), [true, null, 0, "no"])).to.deep.equal({
      result: true,
      steps: 4,
      issues: ["1 illegal: true or false", "2 illegal: true or false", "3 illegal: true or false"],
    });
  });

  it("firstFalsy: law: false exactly if some answer is falsy", () => {
    fc.assert(
      fc.property(fc.array(json), (answers) => {
        expect(fold(firstFalsy(), answers).result).to.equal(answers.every(isTruthy));
      }),
    );
  });

  it("firstNonNull: law: the first answer that is neither null nor undefined, else undefined", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(json, fc.constant(undefined))), (answers) => {
        const found = answers.find((answer) => answer !== null && answer !== undefined);
        expect(
          fold(
            firstNonNull((answer) => answer),
            answers,
          ).result,
        ).to.deep.equal(found);
      }),
    );
  });

  it("firstNonNull: passes over what cannot be read, with a issue", () => {
    expect(fold(text(), [null, 3, "bob", "carol"])).to.deep.equal({
      result: "bob",
      steps: 3,
      issues: ["1 illegal: a string"],
    });
  });

  it("runAll: law: looks at every answer and has no result", () => {
    fc.assert(
      fc.property(fc.array(anyAnswer), (answers) => {
        expect(fold(runAll(), answers)).to.deep.equal({ result: undefined, steps: answers.length, issues: [] });
      }),
    );
  });

  it("onlyAnswer: the first answer as it is read, undefined without one", () => {
    expect(fold(onlyAnswer(String), [])).to.deep.equal({ result: undefined, steps: 0, issues: [] });
    expect(fold(onlyAnswer(String), [null, 1])).to.deep.equal({ result: "null", steps: 1, issues: [] });
    expect(fold(onlyAnswer(Number), ["7"]).result).to.equal(7);
  });

  it("assign: law: all objects in one, the later value where keys are equal", () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), json)), (answers) => {
        const entries = answers.flatMap((answer) => Object.entries(answer));
        expect(fold(assign(), answers).result).to.deep.equal(Object.fromEntries(entries));
      }),
    );
  });

  it("assign: an answer that is no object is a failure of the callback", () => {
    for (const [answer, kind] of [
      [null, "null"],
      ["text", "a string of 4 characters"],
      [[1], "a list of 1 item"],
      [new Map(), "an instance of Map"],
    ] as const) {
      expect(() => fold(assign(), [answer])).to.throw(
        LigandError,
        new RegExp(`^the callback returned ${kind}; expected an object$`),
      );
    }
  });

  it("assign: its result cannot be changed, since all walks of an empty chain share one", () => {
    expect(Object.isFrozen(fold(assign(), []).result)).to.equal(true);
  });

  it("unionUnlessAll: law: the union in whatever order, or the constant as soon as it comes", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(sets, fc.constant("ALL" as const))), (answers) => {
        const { result } = fold(unionUnlessAll<string, "ALL">("ALL"), answers);
        const reversed = fold(unionUnlessAll<string, "ALL">("ALL"), answers.toReversed()).result;
        if (answers.includes("ALL")) expect([result, reversed]).to.deep.equal(["ALL", "ALL"]);
        else {
          const union = new Set(answers.flatMap((answer) => Array.from(answer)));
          expect([result, reversed]).to.deep.equal([union, union]);
        }
      }),
    );
  });

  it("unionUnlessAll: passes over what is neither, with a issue", () => {
    const walked = fold(unionUnlessAll<string, "ALL">("ALL"), [["a"], null, "all", new Set(["b"])]);
    const expected = 'illegal: a Set of user ids, or "ALL"';
    expect(walked).to.deep.equal({
      result: new Set(["b"]),
      steps: 4,
      issues: [`0 ${expected}`, `1 ${expected}`, `2 ${expected}`],
    });
  });

  it("unionByKey: law: per key the union, whatever the order", () => {
    const idsByKey = (result: unknown) =>
      Object.fromEntries(
        Array.from(result as Map<string, Set<{ id: string }>>, ([key, items]) => [
          key,
          Array.from(items, ({ id }) => id).sort(),
        ]),
      );
    fc.assert(
      fc.property(fc.array(maps), (answers) => {
        const expected: Record<string, string[]> = {};
        for (const [key, items] of answers.flatMap((answer) => [...answer])) {
          expected[key] = [...new Set([...(expected[key] ?? []), ...Array.from(items, ({ id }) => id)])].sort();
        }
        expect(idsByKey(fold(keyed(), answers).result)).to.deep.equal(expected);
        expect(idsByKey(fold(keyed(), answers.toReversed()).result)).to.deep.equal(expected);
      }),
    );
  });

  it("unionByKey: takes a map up to the value that is no set", () => {
    const broken = new Map<string, unknown>([
      ["x", new Set([{ id: "a" }])],
      ["y", ["b"]],
      ["z", new Set([{ id: "c" }])],
    ]);
    const expected = "illegal: a Map from user id to a Set of presence states";
    expect(fold(keyed(), [broken, {}, new Map([["y", new Set([{ id: "d" }])]])])).to.deep.equal({
      result: new Map([
        ["x", new Set([{ id: "a" }])],
        ["y", new Set([{ id: "d" }])],
      ]),
      steps: 3,
      issues: [`0 ${expected}`, `1 ${expected}`],
    });
  });
});

describe("stepWith", () => {
  it("stepWith keeps the issue of a reading", () => {
    expect(stepWith(new AnswerIssue("deprecated", "x", 1), (value) => value + 1)).to.deep.equal(
      new AnswerIssue("deprecated", "x", 2),
    );
    expect(stepWith(1, (value: number) => value + 1)).to.equal(2);
  });
});

describe("illegalAnswer", () => {
  it("illegalAnswer names what was found without its content, and what was expected", () => {
    const error = illegalAnswer({ password: "hunter2" }, "a number");
    expect({ code: error.code, message: error.message }).to.deep.equal({
      code: "LIGAND_ANSWER_ILLEGAL",
      message: "the callback returned an object; expected a number",
    });
  });
});

/** Whether the walk ends at the last of the answers rather than for want of more. */
function endsAt(strategy: Strategy<any, any>, answers: readonly unknown[]): boolean {
  const marker = Symbol("never looked at");
  let looked = false;
  const step = strategy.step.bind(strategy);
  const watching = {
    ...strategy,
    step: (state: unknown, answer: unknown) => (answer === marker ? ((looked = true), state) : step(state, answer)),
  };
  fold(watching, [...answers, marker]);
  return !looked;
}
