import { formatPosition } from "../errors/problem.js";
import type { CallbackName } from "../hooks/callback-name.js";
import type { Wishes } from "../operate/wishes.js";
import { count } from "./count.js";
import type { SelectedState } from "../matrix/state-selection.js";
import type { DisabledModule } from "./disabled-module.js";
import type { ExplainedProcess } from "./explained-processes.js";
import type {
  ExplainedCallback,
  ExplainedFailure,
  ExplainedHook,
  ExplainedModule,
  ExplainedOperate,
  ExplainedService,
  ExplainedWebPath,
  Explanation,
} from "./explanation.js";
import { table } from "./table.js";
import { type Paint, printable } from "./terminal.js";
import { wrap } from "./wrap.js";

/** An explanation for people. */
export function prettyExplanation(
  { modules, disabled, failed, processes, hooks, webPaths, loginTypes }: Explanation,
  paint: Paint,
  width?: number,
): string {
  const numbered = modules.map((module, index) => prettyModule(module, `${index + 1}.`.padStart(4), paint, width));
  const sections: [title: string, items: readonly string[]][] = [
    [`${count(modules.length, "module")}, in the order of the configuration`, numbered],
    [
      `${count(disabled.length, "module")} not loaded, by \`enabled: false\` or \`mode: disabled\``,
      disabled.map((module) => prettyDisabled(module, paint)),
    ],
    [
      `${count(failed.length, "module")} that can't be loaded, without which the others run`,
      failed.map((module) => prettyFailed(module, paint)),
    ],
    [
      `${processes.length === 1 ? "1 process" : `${processes.length} processes`} of modules, beside the homeserver's own`,
      processes.map((process) => prettyProcess(process, paint, width)),
    ],
    [`${count(hooks.length, "hook")} with callbacks`, hooks.map((hook) => prettyHook(hook, paint))],
    [count(webPaths.length, "web path"), webPaths.map((path) => prettyWebPath(path, paint, width))],
    [
      count(loginTypes.length, "login type"),
      loginTypes.map(({ type, fields, callbacks }) => {
        const needs = fields.length > 0 ? `with the fields ${fields.join(", ")}` : "without fields";
        return `  ${paint("bold", type)} ${needs}\n${callbackLines(callbacks, paint)}`;
      }),
    ],
  ];
  const text = sections
    .filter(([, items], index) => index === 0 || items.length > 0)
    .map(([title, items]) => `${paint(["bold", "underline"], title)}\n${items.join("")}`);
  return wrap(printable(text.join("\n")), width);
}

function prettyModule(module: ExplainedModule, number: string, paint: Paint, width?: number): string {
  const { id, class: name, specifier, file, line, column, services, schedules, operate } = module;
  const position =
    file === undefined || line === undefined || column === undefined
      ? undefined
      : formatPosition({ file, line, column });
  const facts: [string, string][] = [
    ["from", [specifier, position && paint("cyan", position)].filter(Boolean).join("  ")],
    ["uses", services.map(prettyService).join(", ")],
    ["operate", operate ? prettyOperate(operate) : ""],
    ["runs", schedules.map(({ method, everyMs }) => `${method} every ${duration(everyMs)}`).join(", ")],
  ];
  const rows = facts.filter(([, text]) => text !== "").map(([label, text]) => [paint("dim", label), text]);
  return `${number} ${paint("bold", id)}${id === name ? "" : `  ${name}`}\n${table(rows, "       ", width)}`;
}

/** What an administrator wants of a module that isn't so by default. */
function prettyOperate(operate: ExplainedOperate): string {
  const { mode, required, process, logLevel, standIns = [], standInsFor } = operate;
  const when = standInsFor === "everything" ? "" : " in shadow";
  return [
    ...(mode === "enforce" ? [] : [`mode: ${mode}`]),
    ...(standIns.length > 0
      ? [`pretends to act${when} by ${standIns.join(", ")}; what it does by itself, it does`]
      : []),
    ...(required || mode === "shadow" ? [] : ["required: false"]),
    ...(process ? [`process: ${process.name}`] : []),
    ...(logLevel ? [`log_level: ${logLevel}`] : []),
  ].join("; ");
}

function prettyDisabled({ specifier, id, file, line, column }: DisabledModule, paint: Paint): string {
  const name = `  ${paint("bold", specifier)}${id === undefined ? "" : `  as ${id}`}`;
  if (file === undefined || line === undefined || column === undefined) return `${name}\n`;
  return `${name}  ${paint("cyan", formatPosition({ file, line, column }))}\n`;
}

/** `ligand check` shows more of each problem. */
function prettyFailed({ id, specifier, problems }: ExplainedFailure, paint: Paint): string {
  const from = specifier === undefined ? "" : `  ${specifier}`;
  const lines = problems.map(({ file, line, column, message, code }) => {
    const place =
      file === undefined || line === undefined || column === undefined ? [] : [formatPosition({ file, line, column })];
    return `    ${[...place.map((text) => paint("cyan", text)), message, paint("dim", code)].join(" ")}\n`;
  });
  return `  ${paint("bold", id)}${from}\n${lines.join("")}`;
}

function prettyProcess(
  { name, modules, memoryBytes, readable, writable }: ExplainedProcess,
  paint: Paint,
  width?: number,
): string {
  const facts: [string, string][] = [
    ["memory", memoryBytes === undefined ? "" : `at most ${Math.floor(memoryBytes / 1024 / 1024)} MiB`],
    ["reads", readable?.join(", ") ?? ""],
    ["writes", writable?.join(", ") ?? ""],
  ];
  const rows = facts.filter(([, text]) => text !== "").map(([label, text]) => [paint("dim", label), text]);
  return `  ${paint("bold", name)}  ${modules.join(", ")}\n${table(rows, "    ", width)}`;
}

function prettyService({ name, optional, offeredBy }: ExplainedService): string {
  const notes = [...(offeredBy === "ligand" ? ["offered by Ligand"] : []), ...(optional ? ["optional"] : [])];
  return notes.length > 0 ? `${name} (${notes.join(", ")})` : name;
}

function prettyHook(explained: ExplainedHook, paint: Paint): string {
  const { category, hook, strategy, failure, callbacks, shadow = [], ignored } = explained;
  const more = (callback: ExplainedCallback) =>
    `  ${paint("dim", [looksAt(callback), ...prettyWishes(callback)].join("; "))}`;
  return [
    `  ${paint("bold", `${category}.${hook}`)}  ${strategy}; ${paint("dim", "on an error:")} ${failure}\n`,
    callbackLines(callbacks, paint, more),
    ...shadow.map(
      (callback) => `    ${paint("yellow", "in shadow:")} ${callback.module}: ${callback.name}${more(callback)}\n`,
    ),
    ...ignored.map(({ module, name }) => `    ${paint("yellow", "ignored:")} ${module}: ${name}\n`),
  ].join("");
}

function prettyWebPath({ path, callbacks, refused }: ExplainedWebPath, paint: Paint, width?: number): string {
  return [
    `  ${paint("bold", path)}\n`,
    table(
      callbacks.map(({ module, name, methods }) => [`${module}: ${name}`, methods.join(", ")]),
      "    ",
      width,
    ),
    ...refused.map((module) => `    ${paint("yellow", "not served by")} ${module}, which comes later\n`),
  ].join("");
}

function callbackLines<Callback extends CallbackName>(
  callbacks: readonly Callback[],
  paint: Paint,
  more: (callback: Callback) => string = () => "",
): string {
  return callbacks
    .map((callback, index) => {
      const { module, name } = callback;
      return `    ${paint("dim", `${index + 1}.`)} ${module}: ${name}${more(callback)}\n`;
    })
    .join("");
}

/** What a callback costs: what is loaded for it or sent to it, and why. */
function looksAt({ arguments: names, because, types, state }: ExplainedCallback): string {
  const all = `looks at ${names.join(", ") || "nothing"}`;
  return [
    because === undefined || state === "whole" ? all : `${all}: ${because}`,
    ...(types ? [`types: ${types.join(", ")}`] : []),
    ...(state === "whole" ? [`asks for the whole state: ${because ?? "it declares the parameter"}`] : []),
    ...(state && state !== "whole" ? [`state: ${state.map(prettySelected).join(", ")}`] : []),
  ].join("; ");
}

/** What an administrator wants of a callback, in the order in which it is applied. */
function prettyWishes({ wishes = {} }: ExplainedCallback): string[] {
  const { only, except, share, rest, circuitBreaker, timeoutMs, onFailure } = wishes;
  return [
    ...prettyMatcher("only", only),
    ...prettyMatcher("except", except),
    ...(share === undefined ? [] : [`share: ${percent(share)}, the rest ${rest}`]),
    ...(circuitBreaker ? [`circuit breaker at ${percent(circuitBreaker.failureRate)}`] : []),
    ...(timeoutMs === undefined ? [] : [`timeout: ${duration(timeoutMs)}`]),
    ...(onFailure ? [`on failure: ${prettyFailure(onFailure)}`] : []),
  ];
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`;
}

function prettyMatcher(name: string, matcher: Wishes["only"]): string[] {
  const keys = Object.entries(matcher ?? {}).map(([key, patterns]) => `${key} ${patterns.join(" or ")}`);
  return keys.length > 0 ? [`${name} ${keys.join(", ")}`] : [];
}

function prettyFailure({ local, federation }: NonNullable<Wishes["onFailure"]>): string {
  return local === federation ? local : `${local}, of other servers' requests ${federation}`;
}

function prettySelected([type, stateKey]: SelectedState): string {
  if (stateKey === undefined) return `every ${type}`;
  return stateKey === "" ? type : `${type} of ${stateKey}`;
}

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
] as const;

/** Milliseconds in the largest unit that they are a whole number of. */
function duration(ms: number): string {
  const [size, unit] = UNITS.find(([candidate]) => ms % candidate === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}
