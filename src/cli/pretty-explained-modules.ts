import { writtenSize } from "../config/operate/amounts.js";
import { formatPosition, type Position } from "../errors/problem.js";
import { writtenDuration } from "../options/duration.js";
import type { DisabledModule } from "./disabled-module.js";
import type { ExplainedFailure, ExplainedModule, ExplainedOperate, ExplainedService } from "./explained-modules.js";
import type { ExplainedProcess } from "./explained-processes.js";
import { table } from "./table.js";
import type { Paint } from "./terminal.js";

export function prettyModule(module: ExplainedModule, number: string, paint: Paint, width?: number): string {
  const { id, class: name, specifier, services, schedules, operate } = module;
  const place = placeText(module, paint);
  const facts: [string, string][] = [
    ["from", [specifier, place].filter(Boolean).join("  ")],
    ["uses", services.map(prettyService).join(", ")],
    ["operate", operate ? prettyOperate(operate) : ""],
    ["runs", schedules.map(({ method, everyMs }) => `${method} every ${writtenDuration(everyMs)}`).join(", ")],
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

export function prettyDisabled(module: DisabledModule, paint: Paint): string {
  const { specifier, id } = module;
  const name = `  ${paint("bold", specifier)}${id === undefined ? "" : `  as ${id}`}`;
  const place = placeText(module, paint);
  return `${[name, ...(place === undefined ? [] : [place])].join("  ")}\n`;
}

/** `ligand check` shows more of each problem. */
export function prettyFailed({ id, specifier, problems }: ExplainedFailure, paint: Paint): string {
  const from = specifier === undefined ? "" : `  ${specifier}`;
  const lines = problems.map((problem) => {
    const place = placeText(problem, paint);
    return `    ${[...(place === undefined ? [] : [place]), problem.message, paint("dim", problem.code)].join(" ")}\n`;
  });
  return `  ${paint("bold", id)}${from}\n${lines.join("")}`;
}

/** Undefined for what is written in no file. */
function placeText({ file, line, column }: Partial<Position>, paint: Paint): string | undefined {
  if (file === undefined || line === undefined || column === undefined) return undefined;
  return paint("cyan", formatPosition({ file, line, column }));
}

export function prettyProcess(
  { name, modules, memoryBytes, readable, writable }: ExplainedProcess,
  paint: Paint,
  width?: number,
): string {
  const facts: [string, string][] = [
    ["memory", memoryBytes === undefined ? "" : `at most ${writtenSize(memoryBytes)}`],
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
