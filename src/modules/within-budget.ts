/** What {@link withinBudget} gives for a promise that took too long. */
export const TIMED_OUT = Symbol("timed out");

/** What counts the time. */
interface Timers<Timer> {
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

/** What a promise of a module comes to, or {@link TIMED_OUT} once `budgetMs` milliseconds are over. */
export async function withinBudget<T, Timer = NodeJS.Timeout>(
  promise: Promise<T>,
  budgetMs: number,
  timers: Timers<Timer> = globalThis as unknown as Timers<Timer>,
): Promise<T | typeof TIMED_OUT> {
  let timer: Timer | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = timers.setTimeout(() => resolve(TIMED_OUT), budgetMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    timers.clearTimeout(timer);
  }
}
