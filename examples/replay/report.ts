import { styleText } from "node:util";
import type { CallbackName, Host, Observation } from "ligand";
import { OUTCOMES, type Outcome, type OutcomeKind } from "./outcome.js";
import type { BadLine, RecordedCall } from "./recording.js";
import { subjectOf } from "./subject.js";
import { table } from "./table.js";

type Colour = "green" | "red" | "yellow" | "cyan" | "dim" | "bold" | "magenta";

const COLOURS: Readonly<Record<OutcomeKind, Colour>> = {
  allowed: "green",
  denied: "red",
  changed: "yellow",
  answered: "cyan",
  notified: "dim",
  "left open": "dim",
  failed: "magenta",
};

/** Prints a replay. */
export class Report {
  readonly #colours: boolean;
  readonly #counts = new Map<string, Map<OutcomeKind, number>>();
  #badLines = 0;
  #day = "";

  constructor(private readonly stream: NodeJS.WriteStream) {
    this.#colours = stream.isTTY && !process.env["NO_COLOR"];
  }

  /** What runs, and who answers what, in order. */
  host(host: Host): void {
    this.#heading("Modules");
    this.#print(table(host.modules.map(({ id, specifier = "" }, index) => [`${index + 1}.`, id, specifier])));
    this.#heading("Hooks, and who answers them, in order");
    this.#print(table(chainsOf(host).map(([hook, callbacks]) => [hook, callbacks.map(nameOf).join(", then ")])));
    for (const { path, module, methods } of host.webPaths) this.#print(`${path}: ${module.id} (${methods.join(", ")})`);
  }

  /** One call: what was asked, what came of it, and who decided. */
  call(call: RecordedCall, outcome: Outcome, observations: readonly Observation[]): void {
    if (this.#counts.size === 0) this.#heading("Replay");
    const ofHook = this.#counts.get(call.hook) ?? new Map<OutcomeKind, number>();
    this.#counts.set(call.hook, ofHook.set(outcome.kind, (ofHook.get(outcome.kind) ?? 0) + 1));
    const [day, time] = new Date(call.timeMs).toISOString().slice(0, 23).split("T") as [string, string];
    if (day !== this.#day) this.#print(`${this.#day && "\n"}${day}`);
    this.#day = day;
    const request = call.context.requestId === undefined ? "" : ` ${call.context.requestId}`;
    this.#print(
      `${this.#in("dim", `${time}${request}`)} ${this.#in("bold", call.hook)}  ${printable(subjectOf(call))}`,
    );
    const result = [
      this.#in(COLOURS[outcome.kind], outcome.kind),
      ...(outcome.text ? [printable(outcome.text)] : []),
    ].join(" ");
    this.#print(`  ${result}  ${this.#in("dim", `— ${deciders(observations)}`)}`);
  }

  badLine(file: string, { line, problem }: BadLine): void {
    this.#badLines += 1;
    process.stderr.write(`${file}:${line}: ${problem}\n`);
  }

  /** How often each hook was asked, and what came of it. */
  summary(): void {
    this.#heading("Summary");
    const rows = [...this.#counts].map(
      ([hook, counts]) => [hook, ...OUTCOMES.map((kind) => counts.get(kind) ?? 0)] as const,
    );
    const withTotal = rows.map(([hook, ...counts]) => [hook, sum(counts), ...counts]);
    const totals =
      withTotal[0]?.slice(1).map((_, column) => sum(withTotal.map((row) => row[column + 1] as number))) ?? [];
    this.#print(table([["hook", "asked", ...OUTCOMES], ...withTotal, ["all", ...totals]]));
    if (this.#badLines > 0) this.#print(`\n${this.#badLines} lines of the recording could not be replayed.`);
  }

  #heading(text: string): void {
    this.#print(`\n${this.#in("bold", text)}\n`);
  }

  #print(text: string): void {
    this.stream.write(`${text}\n`);
  }

  #in(colour: Colour, text: string): string {
    return this.#colours ? styleText(colour, text) : text;
  }
}

/** The hooks that a module answers, by `category.hook`; auth checkers by their login type. */
function chainsOf({ hooks }: Host): [hook: string, callbacks: readonly CallbackName[]][] {
  const chains = Object.entries(hooks).flatMap(([category, methods]) =>
    Object.entries(methods as Record<string, { readonly callbacks?: readonly CallbackName[] }>).map(
      ([hook, { callbacks = [] }]): [string, readonly CallbackName[]] => [`${category}.${hook}`, callbacks],
    ),
  );
  const logins = hooks.passwordAuth.loginTypes.map(({ type, callbacks }): [string, readonly CallbackName[]] => [
    `passwordAuth.checkAuth ${type}`,
    callbacks,
  ]);
  return [...chains, ...logins].filter(([, callbacks]) => callbacks.length > 0);
}

/** Who decided; if no module decided alone, who was asked. */
function deciders(observations: readonly Observation[]): string {
  if (observations.length === 0) return "no module was asked";
  const last = observations.at(-1)!;
  if (last.decided) return `by ${nameOf({ module: last.module, name: last.callback })}`;
  return `asked: ${observations.map(({ module }) => module).join(", ")}`;
}

/** What users wrote must not move the cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}

function nameOf({ module, name }: CallbackName): string {
  return `${module} (${name})`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
