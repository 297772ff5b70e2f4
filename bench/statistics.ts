/** The value below which a fraction of the samples lies, interpolated. */
export function quantile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const rank = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(rank)]!;
  const above = sorted[Math.ceil(rank)]!;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** A median with the quartiles round it. */
export interface Spread {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
  /** Of the tenth percentiles: what else the machine does reaches them least. */
  readonly quiet?: number;
}

export function spreadOf(samples: readonly number[]): Spread {
  return { median: quantile(samples, 0.5), p25: quantile(samples, 0.25), p75: quantile(samples, 0.75) };
}

/**
 * The ratio of two series that were measured side by side: that of their medians and of their tenth percentiles, with
 * the quartiles of the ratios round by round.
 */
export function ratioOf(samples: readonly number[], base: readonly number[]): Spread {
  const { p25, p75 } = spreadOf(samples.map((sample, round) => sample / base[round]!));
  const ratioAt = (fraction: number) => quantile(samples, fraction) / quantile(base, fraction);
  return { median: ratioAt(0.5), p25, p75, quiet: ratioAt(0.1) };
}

/** A copy in random order. */
export function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
