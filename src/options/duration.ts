import { shownArgument } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A length of time: a number of milliseconds, or a string such as `"500ms"`, `"30s"`, `"5m"`, `"1h"`, `"1d"`.
 *
 * @public
 */
export type Duration = number | `${number}${keyof typeof UNITS}`;

/**
 * The milliseconds of a duration.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` unless it's positive and has one of the forms above.
 */
export function parseDuration(duration: Duration): number {
  const ms = typeof duration === "number" ? duration : (typeof duration === "string" && durationMs(duration)) || 0;
  if (Number.isFinite(ms) && ms > 0) return ms;
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `${shownArgument(duration)} isn't a duration; expected a positive number of milliseconds, or a string such as ` +
      '"500ms", "30s", "5m", "1h" or "1d"',
  );
}

/** The milliseconds of a number and its unit, such as `500ms`; undefined for anything else. */
export function durationMs(written: string): number | undefined {
  const [, digits, unit] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)$/.exec(written) ?? [];
  return unit === undefined ? undefined : Number(digits) * UNITS[unit as keyof typeof UNITS];
}

/** How a number of milliseconds is written: in the longest unit of which it's a whole number. */
export function writtenDuration(ms: number): string {
  const [unit, length] = Object.entries(UNITS).findLast(([, each]) => ms % each === 0) ?? ["ms", 1];
  return `${ms / length}${unit}`;
}
