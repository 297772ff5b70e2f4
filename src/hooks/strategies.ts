import { describe } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";
import { isPlainObject, jsonFault, type JsonObject } from "../matrix/json.js";
import { isTruthy } from "./answer-predicates.js";
import { AnswerIssue, returnState, Stop, stepWith, type Read, type Strategy } from "./strategy.js";

/** The error for an answer that counts as a failure of its callback. */
export function illegalAnswer(answer: unknown, expected: string): LigandError {
  return new LigandError("LIGAND_ANSWER_ILLEGAL", `the callback returned ${describe(answer)}; expected ${expected}`);
}

/** @throws {LigandError} `LIGAND_ANSWER_ILLEGAL` for an answer that JSON can't carry. */
export function requireJson(answer: unknown, expected: string): void {
  const fault = jsonFault(answer);
  if (fault !== undefined) throw illegalAnswer(answer, `${expected}, which JSON can carry; found ${fault}`);
}

/** The first answer that isn't `pass` is the result; `pass` if there is none. */
export function firstOther<Value>(
  { name, summary }: Pick<Strategy<Value, Value>, "name" | "summary">,
  pass: Value,
  read: Read<Value>,
): Strategy<Value, Value> {
  const step = (value: Value) => (value === pass ? pass : new Stop(value));
  return {
    name,
    summary,
    pass,
    start: () => pass,
    step: (_, answer) => stepWith(read(answer), step),
    done: returnState,
  };
}

/** Reads a boolean. Another answer counts by its truth, as in Synapse, with an issue. */
export function readBoolean(expected = "true or false"): Read<boolean> {
  return (answer) => (typeof answer === "boolean" ? answer : new AnswerIssue("illegal", expected, isTruthy(answer)));
}

const FIRST_TRUTHY = {
  name: "first truthy answer",
  summary:
    "The first answer that counts as true makes the result true. Null, false, zero, an empty string, an empty collection and an object without keys don't.",
};
const FIRST_FALSY = {
  name: "first falsy answer",
  summary: "The first answer that counts as false refuses; true if there is none.",
};
const FIRST_FALSE = {
  name: "first `false`",
  summary: "The first answer that is exactly `false` decides; true if there is none.",
};

/** True as soon as an answer is truthy. */
export function firstTruthy(): Strategy<boolean, boolean> {
  return firstOther(FIRST_TRUTHY, false, readBoolean());
}

/** False as soon as an answer is falsy: also null, 0, an empty string, an object without keys. */
export function firstFalsy(): Strategy<boolean, boolean> {
  return firstOther(FIRST_FALSY, true, readBoolean());
}

/** False as soon as a callback answers exactly `false`; any other answer passes, with an issue unless it's true. */
export function firstFalse(): Strategy<boolean, boolean> {
  return firstOther(FIRST_FALSE, true, (answer) =>
    typeof answer === "boolean" ? answer : new AnswerIssue("illegal", "true or false", true),
  );
}

/**
 * The first answer that is neither null nor undefined is the result, as `read` makes it; where that makes it undefined,
 * the next callback is asked. `undefined` when there is none.
 */
export function firstNonNull<Value>(read: Read<Value | undefined>): Strategy<undefined, Value | undefined> {
  const step = (value: Value | undefined) => (value === undefined ? undefined : new Stop(value));
  return {
    name: "first answer that is not null",
    summary: "The first answer other than null or undefined decides; undefined if there is none.",
    start: () => undefined,
    step: (state, answer) => (answer === null || answer === undefined ? state : stepWith(read(answer), step)),
    done: returnState,
  };
}

/** Reads a number; another answer is a failure of the callback. */
export function readNumber(expected: string): (answer: unknown) => number {
  return (answer) => {
    if (typeof answer !== "number" || !Number.isFinite(answer)) throw illegalAnswer(answer, expected);
    return answer;
  };
}

/** Every callback runs; what it answers is ignored. */
export function runAll(): Strategy<undefined, void> {
  return {
    name: "every callback",
    summary: "All callbacks are called. Their answers are ignored.",
    start: () => undefined,
    step: () => undefined,
    done: returnState,
  };
}

/** The one callback's answer is the result; `undefined` without a callback. */
export function onlyAnswer<Value>(read: (answer: unknown) => Value): Strategy<undefined, Value | undefined> {
  return {
    name: "the only callback",
    summary:
      "There is at most one callback, and its answer is the result; undefined without one. A second module is refused at start-up, or ignored with a warning.",
    start: () => undefined,
    step: (_, answer) => new Stop(read(answer)),
    done: returnState,
  };
}

/** All callbacks' objects merged; for equal keys, the later callback's value is kept. */
export function assign(): Strategy<JsonObject, Readonly<JsonObject>> {
  return {
    name: "all objects in one, later values win",
    summary: "The objects of all callbacks are merged. If two have the same key, the later module's value is kept.",
    start: () => ({}),
    step: (state, answer) => {
      if (!isPlainObject(answer)) throw illegalAnswer(answer, "an object");
      requireJson(answer, "an object");
      return { ...state, ...(answer as JsonObject) };
    },
    // Frozen, because all dispatches of an empty chain share one result.
    done: (state) => Object.freeze(state),
  };
}

/** The union of all sets of ids; the answer `all` is the result as soon as it comes. Anything but a string is left out. */
export function unionUnlessAll<Item extends string, All extends string>(
  all: All,
): Strategy<Set<Item>, ReadonlySet<Item> | All> {
  return {
    name: `union, or \`${all}\` as soon as it is answered`,
    summary: `The sets of all callbacks become one. \`${all}\` is the result as soon as it is answered, and later callbacks aren't called.`,
    start: () => new Set(),
    step: (state, answer) => {
      if (answer === all) return new Stop(all);
      const expected = `a Set of user ids, or ${JSON.stringify(all)}`;
      if (!(answer instanceof Set)) return new AnswerIssue("illegal", expected, state);
      const items = [...(answer as Set<Item>)];
      const ids = items.filter((item) => typeof item === "string");
      for (const id of ids) state.add(id);
      return ids.length === items.length ? state : new AnswerIssue("illegal", expected, state);
    },
    done: returnState,
  };
}

/**
 * The union of all sets, key by key. `identity` says which items are the same. A map with a value that is not a set
 * of items is taken up to that value.
 */
export function unionByKey<Key, Item>(
  identity: (item: Item) => string,
  isItem: (key: unknown, item: unknown) => boolean,
): Strategy<Map<Key, Map<string, Item>>, ReadonlyMap<Key, ReadonlySet<Item>>> {
  const expected = "a Map from user id to a Set of presence states";
  return {
    name: "union per user",
    summary: "The maps of all callbacks become one: each user gets the states that any callback gives.",
    start: () => new Map(),
    step: (state, answer) => {
      if (!(answer instanceof Map)) return new AnswerIssue("illegal", expected, state);
      for (const [key, items] of answer as Map<Key, unknown>) {
        if (!(items instanceof Set)) return new AnswerIssue("illegal", expected, state);
        let merged = state.get(key);
        if (!merged) state.set(key, (merged = new Map()));
        for (const item of items as Set<Item>) {
          if (!isItem(key, item)) return new AnswerIssue("illegal", expected, state);
          const same = identity(item);
          if (!merged.has(same)) merged.set(same, item);
        }
      }
      return state;
    },
    done: (state) => new Map(Array.from(state, ([key, items]) => [key, new Set(items.values())])),
  };
}
