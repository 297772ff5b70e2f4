import type { Outcome } from "./simulation.js";

/** Of how many seeds that fail what was wrong is printed. */
const MOST_PRINTED = 20;

/** What became of many simulations. It crosses between processes as JSON. */
export class Tally {
  readonly ends: Record<string, number> = {};
  readonly faults: string[] = [];
  steps = 0;
  failed = 0;

  add({ seed, ends, steps, faults }: Outcome): void {
    const isWrong = faults.length > 0;
    const line = `seed ${seed}: ${faults.slice(0, 3).join("; ").slice(0, 500)}`;
    this.merge({ ends, steps, failed: isWrong ? 1 : 0, faults: isWrong ? [line] : [] });
  }

  merge({ ends, steps, failed, faults }: Pick<Tally, "ends" | "steps" | "failed" | "faults">): void {
    for (const [end, times] of Object.entries(ends)) this.ends[end] = (this.ends[end] ?? 0) + times;
    this.steps += steps;
    this.failed += failed;
    for (const fault of faults) if (this.faults.length < MOST_PRINTED) this.faults.push(fault);
  }

  lines(seeds: number, seconds: number): string[] {
    const { ends, faults, failed, steps } = this;
    const sorted = Object.entries(ends).toSorted(([, one], [, other]) => other - one);
    const calls = sorted.reduce((sum, [, times]) => sum + times, 0);
    return [
      ...faults,
      ...sorted.map(([end, times]) => `${times} calls: ${end}`),
      `${seeds} seeds, ${calls} calls, ${steps} steps in ${seconds.toFixed(0)} s; ${failed} seeds failed`,
      ...(failed > 0 ? ["The schedule of one: npm run test:simulation -- --seed NUMBER"] : []),
    ];
  }
}
