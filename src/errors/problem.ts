import { ERRORS, type ErrorCode } from "./catalogue.js";
import { caughtWithoutStack, shownMessage } from "./caught.js";
import { errorPlace } from "./error-place.js";
import { LigandError } from "./ligand-error.js";
import { redactText } from "./secrets.js";

/** A place in a configuration file. Lines and columns count from 1. @public */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that's wrong with a configuration or with a module that it lists. @public */
export interface Problem {
  readonly code: ErrorCode;
  /** Present if modules start anyway; `ConfigError` and `StartError` have none of these. */
  readonly severity?: "warning";
  /** What's wrong, in one sentence: the actual value and the expected one. */
  readonly message: string;
  /** Where it's written; absent without a file. */
  readonly position?: Position;
  /** The path from the top of the file, such as `modules[1].config.rules[0].pattern`. */
  readonly path?: string;
  /** What to do about it; shown after the message. */
  readonly remedy: string;
  /** The error that led to this problem. */
  readonly cause?: unknown;
}

/** What a problem may have besides its code and its message. Undefined members are left out. */
export type ProblemDetails = {
  readonly [Name in Exclude<keyof Problem, "code" | "message">]?: Problem[Name] | undefined;
};

/**
 * Makes a problem. By default the remedy is that of the Ligand error that caused it, or else that of the code. Secrets
 * are redacted from the message: a module's author may have written it, including the value.
 */
export function problemOf(code: ErrorCode, message: string, details: ProblemDetails = {}): Problem {
  const { severity, position, path, cause, remedy = remedyOf(code, cause) } = details;
  return {
    code,
    ...(severity && { severity }),
    // Looking for secrets takes more than linear time.
    message: redactText(shortened(message, LONGEST_MESSAGE)),
    ...(position && { position }),
    ...(path !== undefined && { path: shortened(path, LONGEST_PATH) }),
    remedy: shortened(remedy, LONGEST_MESSAGE),
    ...(cause !== undefined && { cause }),
  };
}

const LONGEST_MESSAGE = 10_000;
const LONGEST_PATH = 1000;

function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** `file:line:column`, which terminals and editors turn into a link. @public */
export function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

/** One problem as text: position, path, message and code on one line; the remedy and the causes below it. @public */
export function formatProblem(problem: Problem): string {
  const lines = [headOf(problem), `  ${problem.remedy}`];
  for (const [depth, cause] of problemCauses(problem).entries()) {
    lines.push(`  ${"  ".repeat(depth)}caused by: ${cause}`);
  }
  return lines.join("\n");
}

/** Whether a problem keeps modules from starting. */
export function isError({ severity }: Problem): boolean {
  return severity !== "warning";
}

/** A problem in one line, for a log. */
export function problemLine(problem: Problem): string {
  const causes = problemCauses(problem);
  const cause = causes.length > 0 ? ` Caused by: ${causes.join(": ")}` : "";
  return `${headOf(problem)} ${problem.remedy}${cause}`.replaceAll(/\s*\n\s*/g, " ");
}

function headOf({ position, path, message, code }: Problem): string {
  const place = [position && formatPosition(position), path].filter(Boolean).join(" ");
  return `${place ? `${place}: ` : ""}${message} [${code}]`;
}

/** Problems caused by a module's code: the reader wants to know where. */
const OF_MODULES: readonly ErrorCode[] = [
  "LIGAND_MODULE_IMPORT_FAILED",
  "LIGAND_MODULE_CONSTRUCTION_FAILED",
  "LIGAND_MODULE_START_FAILED",
];

/** The causes of a problem as text, outermost first, with their codes and where the first was thrown. */
export function problemCauses({ code, cause }: Problem): string[] {
  const place = OF_MODULES.includes(code) ? errorPlace(cause) : undefined;
  return causesOf(cause).map((error, depth) => {
    const known = error instanceof LigandError ? ` [${error.code}]` : "";
    return `${shownMessage(error)}${known}${depth === 0 && place !== undefined ? ` (at ${place})` : ""}`;
  });
}

/** What to do about a problem: the remedy of the Ligand error that caused it. */
export function remedyOf(code: ErrorCode, cause: unknown): string {
  return causesOf(cause).find((error) => error instanceof LigandError)?.remedy ?? ERRORS[code].remedy;
}

/** Problems in source order: file by file as they were first met, those without a position first. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ position }) => position?.file))];
  const place = ({ position }: Problem) =>
    position ? [1, files.indexOf(position.file), position.line, position.column] : [0, 0, 0, 0];
  const compare = (left: number[], right: number[]) => {
    const differing = left.findIndex((number, index) => number !== right[index]);
    return differing < 0 ? 0 : left[differing]! - right[differing]!;
  };
  return problems
    .map((problem) => ({ problem, place: place(problem) }))
    .sort((left, right) => compare(left.place, right.place))
    .map(({ problem }) => problem);
}

/** The messages of a thrown error and of its causes, outermost first, without secrets. */
export function causeMessages(thrown: unknown): string[] {
  return causesOf(caughtWithoutStack(thrown)).map(shownMessage);
}

/** The messages of a thrown error and of its causes in one line, for a log. */
export function messageWithCauses(thrown: unknown): string {
  return causeMessages(thrown).join(": ");
}

/** An error and its causes, outermost first, each as {@link caughtWithoutStack} returns it. Stops when the chain loops or is too long. */
export function causesOf(error: unknown): Error[] {
  const met = new Map<unknown, Error>();
  for (let cause = error; cause !== undefined && cause !== null && !met.has(cause) && met.size < MOST_CAUSES;) {
    const known = caughtWithoutStack(cause);
    met.set(cause, known);
    cause = known.cause;
  }
  return [...met.values()];
}

const MOST_CAUSES = 20;
