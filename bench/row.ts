import type { Spread } from "./statistics.js";

/** One line of the table. */
export interface Row extends Partial<Pick<Spread, "p25" | "p75" | "quiet">> {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  /** What `value` is: a ratio to the base of its group, milliseconds, … */
  readonly unit: string;
  /** The most that the design allows `value` to be. */
  readonly target?: number;
}

/** A row without a target cannot miss it. */
export function missesTarget({ value, target }: Row): boolean {
  return target !== undefined && value > target;
}

export function ratioRow(group: string, name: string, spread: Spread, target?: number): Row {
  return spreadRow(group, name, "× base", spread, target);
}

export function spreadRow(group: string, name: string, unit: string, spread: Spread, target?: number): Row {
  return {
    group,
    name,
    value: spread.median,
    p25: spread.p25,
    p75: spread.p75,
    unit,
    ...(spread.quiet !== undefined && { quiet: spread.quiet }),
    ...(target !== undefined && { target }),
  };
}
