import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { CATALOGUE, MatrixError, type HookContext, type JsonObject, type JsonValue } from "ligand";
import { objectOf, readArgument, RecordingError, textOf } from "./recorded-arguments.js";

/** What a hook says of a parameter, as far as a replay needs it. */
export interface RecordedParameter {
  readonly name: string;
  /** Who may see its values: a `secret` isn't printed. */
  readonly privacy?: unknown;
}

/** One call of a hook, as a line of a recording has it. */
export interface RecordedCall {
  readonly line: number;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  /** `category.hook`, as in `host.hooks`. */
  readonly hook: string;
  readonly parameters: readonly RecordedParameter[];
  /** In the order of the parameters. */
  readonly args: readonly unknown[];
  readonly context: HookContext;
}

/** A line that cannot be replayed. */
export interface BadLine {
  readonly line: number;
  readonly problem: string;
}

/** Reads a recording of one JSON object a line; empty lines are skipped. The README says what a line holds. */
export async function* readRecording(path: string): AsyncGenerator<RecordedCall | BadLine> {
  let line = 0;
  let earliestMs = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === "") continue;
    const read = readLine(text, line, earliestMs);
    if ("timeMs" in read) earliestMs = read.timeMs;
    yield read;
  }
}

/** The time of the first call, in milliseconds since the epoch; 0 when there is none. */
export async function startOfRecording(path: string): Promise<number> {
  for await (const read of readRecording(path)) if ("timeMs" in read) return read.timeMs;
  return 0;
}

function readLine(text: string, line: number, earliestMs: number): RecordedCall | BadLine {
  try {
    const { time, hook, args, requestId, origin } = objectOf(parse(text), "a line");
    const timeMs = timeOf(time, earliestMs);
    const name = textOf(hook, "`hook`");
    const parameters = parametersOf(name);
    const context: HookContext = {
      ...(requestId !== undefined && { requestId: textOf(requestId, "`requestId`") }),
      ...(origin !== undefined && { origin: originOf(origin) }),
    };
    return { line, timeMs, hook: name, parameters, args: argumentsOf(parameters, objectOf(args, "`args`")), context };
  } catch (error) {
    if (error instanceof RecordingError || error instanceof MatrixError) return { line, problem: error.message };
    throw error;
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new RecordingError(`not JSON: ${(error as SyntaxError).message}`);
  }
}

function timeOf(time: JsonValue | undefined, earliestMs: number): number {
  const timeMs = Date.parse(textOf(time, "`time`"));
  if (Number.isNaN(timeMs)) throw new RecordingError(`\`time\` must be like 2026-03-02T08:00:00.000Z; found ${time}`);
  if (timeMs < earliestMs) throw new RecordingError(`\`time\` is earlier than that of a line before: ${time}`);
  return timeMs;
}

function originOf(origin: JsonValue): "local" | "federation" {
  if (origin === "local" || origin === "federation") return origin;
  throw new RecordingError(`\`origin\` must be "local" or "federation"; found ${JSON.stringify(origin)}`);
}

/** The parameters of every method of `host.hooks`, by `category.hook`. */
const PARAMETERS: ReadonlyMap<string, readonly RecordedParameter[]> = new Map(
  Object.entries(CATALOGUE).flatMap(([category, { hooks }]) =>
    Object.entries(hooks as Record<string, { readonly parameters: readonly RecordedParameter[] }>).map(
      ([hook, { parameters }]) => [`${category}.${hook === "authChecker" ? "checkAuth" : hook}`, parameters] as const,
    ),
  ),
);

function parametersOf(hook: string): readonly RecordedParameter[] {
  const parameters = PARAMETERS.get(hook);
  if (parameters) return parameters;
  const [category] = hook.split(".");
  const known = [...PARAMETERS.keys()].filter((name) => name.startsWith(`${category}.`));
  const hint =
    known.length > 0 ? `its category has ${known.join(", ")}` : "expected one such as spamChecker.userMayInvite";
  throw new RecordingError(`there is no hook ${JSON.stringify(hook)}; ${hint}`);
}

function argumentsOf(parameters: readonly RecordedParameter[], given: JsonObject): unknown[] {
  const names = parameters.map(({ name }) => name);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new RecordingError(`unknown in \`args\`: ${unknown.join(", ")}; expected ${names.join(", ")}`);
  return names.map((name) => {
    const value = given[name];
    if (value === undefined) throw new RecordingError(`\`args\` lacks \`${name}\`; expected ${names.join(", ")}`);
    return readArgument(name, value);
  });
}
