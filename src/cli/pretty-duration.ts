const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
] as const;

/** Milliseconds in the largest unit that they are a whole number of. */
export function prettyDuration(ms: number): string {
  const [size, unit] = UNITS.find(([candidate]) => ms % candidate === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}
