/** Returned by {@link withinBudget} for a promise that took too long. */
export const TIMED_OUT = Symbol("timed out");

/** How long a module may take to be imported, to have its config checked, to start and to stop, each, unless a program says. */
export const START_TIMEOUT_MS = 30_000;

/** What measures the time. */
interface Timers<Timer> {
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

/** The result of a module's promise, or {@link TIMED_OUT} once `budgetMs` milliseconds have passed. */
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
