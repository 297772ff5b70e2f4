import { caught } from "#src/errors/caught.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import { isThenable } from "#src/hooks/answer-predicates.js";
import { AnswerIssue, Stop } from "#src/hooks/strategy.js";
import { isPlainObject, jsonFault } from "#src/matrix/json.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { Denial } from "#src/matrix/verdict.js";
import type { LogRecord } from "#src/testing/captured-logs.js";
import { expectedFailure, type Fate } from "../catalogue/failures.js";
import type { Cell } from "./cells.js";
import { ANSWERS } from "./faults.js";
import { hasOneOwner, HOOKS } from "./faulty-modules.js";

/** What a call came to. */
export type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** What must become of a cell: of the call, of the module that stands after the faulty one, and in the log. */
interface Expected {
  readonly fate: Fate | "goes on" | "decides";
  /** The level of the one line in the log; none where the answer is one that the hook knows. */
  readonly level?: string | undefined;
  /** An answer of a deprecated form is logged once per callback. */
  readonly once?: true;
}

/** What the catalogue and the specification make of a cell. */
function expectedOf({ key, mode, fault }: Cell): Expected {
  const { hook } = HOOKS.get(key)!;
  const failure = expectedFailure(hook.failure);
  const [fate, level] = failure.plain;
  const failed: Expected = { fate: fate === "skip" ? "goes on" : fate, level };
  if (mode === "throw" || mode === "reject") {
    // A synchronous callback that answers with a promise has failed, however that ends.
    return hook.synchronous && mode === "reject" ? plainly() : failed;
  }
  if (mode === "resolve" && hook.synchronous) return plainly();
  if (mode === "thenable") {
    if (
      hook.synchronous ||
      ["rejectsTwice", "thenThrows", "thenGetterThrows", "thenGetterThrowsLater"].includes(fault)
    ) {
      return plainly();
    }
    return answered("garbage");
  }
  return answered(ANSWERS[fault]!());

  function plainly(): Expected {
    const [plain, plainLevel] = failure.plain;
    return { fate: plain === "skip" ? "goes on" : plain, level: plainLevel };
  }

  function answered(answer: unknown): Expected {
    const { strategy } = hook;
    if ("pass" in strategy && answer === strategy.pass) return { fate: "goes on" };
    try {
      isThenable(answer);
      const step: unknown = strategy.step(strategy.start(), answer);
      const issue = step instanceof AnswerIssue ? step : undefined;
      const decides = (issue ? issue.outcome : step) instanceof Stop;
      return {
        fate: decides ? "decides" : "goes on",
        ...(issue && { level: "warn" }),
        ...(issue?.kind === "deprecated" && { once: true as const }),
      };
    } catch {
      return plainly();
    }
  }
}

/** What is wrong with a cell, in words. */
export function problemsOf(cell: Cell, outcome: Outcome, lines: readonly LogRecord[]): string[] {
  const { fate, level, once } = expectedOf(cell);
  const { category, name } = HOOKS.get(cell.key)!;
  const witnessed = lines.filter(({ message }) => message === "witness").length;
  const reports = lines.filter(({ hook }) => hook !== undefined);
  const problems: string[] = [];
  const isToBeRejected = fate !== "goes on" && fate !== "decides";
  if (isToBeRejected !== "error" in outcome) {
    problems.push(
      `the hook ${"error" in outcome ? `failed: ${caught(outcome.error).message}` : "answered"}; expected ${fate}`,
    );
  } else if ("error" in outcome) problems.push(...wrongError(outcome.error, fate));
  else problems.push(...wrongResult(outcome.result));
  const isToBeWitnessed = fate === "goes on" && !hasOneOwner(cell.key);
  if (witnessed !== (isToBeWitnessed ? 1 : 0)) problems.push(`the next module was called ${witnessed} times`);
  const count = level === undefined ? 0 : 1;
  if (reports.length > count || (reports.length < count && !once)) {
    problems.push(
      `${reports.length} lines in the log; expected ${count}: ${reports.map(({ message }) => message.slice(0, 200)).join(" | ")}`,
    );
  }
  for (const report of reports) {
    const found = [report.level, report.module, report.hook].join(" ");
    const expected = [level, "Faulty", `${category.name}.${name}`].join(" ");
    if (found !== expected) problems.push(`the line in the log is ${found}; expected ${expected}`);
    if (JSON.stringify(report).length > 60_000) problems.push("the line in the log is longer than 60,000 characters");
  }
  return problems;
}

function wrongError(thrown: unknown, fate: string | number): string[] {
  const error = caught(thrown);
  if (error !== thrown) return ["the error can't be read"];
  if (fate === "module failed" && !(error instanceof ModuleFailedError))
    return [`${error.name} in place of ModuleFailedError`];
  if (typeof fate === "number" && !(error instanceof MatrixError && error.status === fate)) {
    return [`${error.name} in place of a MatrixError with the status ${fate}`];
  }
  return [];
}

function wrongResult(result: unknown): string[] {
  const json = result instanceof Denial ? result.fields : isPlainObject(result) ? result : null;
  const fault = jsonFault(json);
  return fault === undefined ? [] : [`the homeserver received ${fault}`];
}
