import { inspect } from "node:util";
import { LigandError } from "../errors/ligand-error.js";
import { causeMessages } from "../errors/problem.js";
import { redactText } from "../errors/secrets.js";
import type { Paint } from "./paint.js";
import { printable } from "./printable.js";

/** An error that a command did not foresee: what happened and what to do. The stack only where it is asked for. */
export function failureText(error: Error, { stack, paint }: { stack: boolean; paint: Paint }): string {
  const [message = "", ...causes] = causeMessages(error);
  const known = error instanceof LigandError ? error : undefined;
  const remedy = known?.remedy ?? "This may be a mistake in Ligand or in a module. `--stack` shows where it happened.";
  return printable(
    [
      `${paint("red", "error:")} ${message}${known ? ` ${paint("dim", known.code)}` : ""}`,
      ...causes.map((text) => `  caused by: ${text}`),
      `  ${paint("green", "→")} ${remedy}`,
      ...(stack ? [redactText(inspect(error))] : []),
      "",
    ].join("\n"),
  );
}
