import type { DecisionRecord } from "../decisions/decision-record.js";
import { cameText } from "../decisions/recorded-text.js";
import { visible } from "../errors/visible.js";
import { outcomeThen } from "../replay/compare-decisions.js";
import type { DecidingEntries, Trial } from "../replay/deciding-entries.js";
import { describeUnknown } from "../replay/unknown.js";
import { nameOfCallback } from "./pretty-decision.js";
import { table } from "./table.js";
import type { Paint } from "./terminal.js";

/** For people: what a decision hangs on. */
export function prettyDeciding(
  record: DecisionRecord,
  { whole, without, smallest }: DecidingEntries,
  paint: Paint,
  width?: number,
): string {
  const rows = Array.from(without, ([id, trial]) => [`without ${visible(id)}`, prettyTrial(trial)]);
  return [
    `${paint("bold", "Made anew")}\n`,
    table([["then", cameText(outcomeThen(record))], ["with all modules", prettyTrial(whole)], ...rows], "  ", width),
    `  ${paint("bold", conclusionOf(smallest, whole))}\n`,
  ].join("");
}

/** The same for programs. */
export function decidingData({ whole, without, smallest }: DecidingEntries): object {
  return {
    whole: trialData(whole),
    without: Object.fromEntries(Array.from(without, ([id, trial]) => [id, trialData(trial)])),
    smallest,
  };
}

function trialData({ outcome, unknown, decider }: Trial): object {
  const { result, error } = outcome ?? {};
  return {
    ...(result !== undefined && { result }),
    ...(error && { error }),
    ...(decider && { decidedBy: decider }),
    ...(unknown && { unknown: { ...unknown, text: describeUnknown(unknown) } }),
  };
}

function prettyTrial({ outcome, unknown, decider }: Trial): string {
  if (!outcome) return `unknown: ${visible(describeUnknown(unknown!))}`;
  return `${cameText(outcome)}${decider ? `, by ${nameOfCallback(decider)}` : ""}`;
}

function conclusionOf(smallest: DecidingEntries["smallest"], { outcome }: Trial): string {
  if (!outcome) return "It can't be said what it hangs on.";
  const sets = smallest.map((ids) => ids.map((each) => visible(each)).join(" and "));
  if (sets.length === 0) return "It's the same whichever module is left out.";
  return `It's another decision without ${sets.join(", or without ")}.`;
}
