/** What {@link withinBudget} gives for a promise that took too long. */
export const TIMED_OUT = Symbol("timed out");

/** What a promise of a module comes to, or {@link TIMED_OUT} once `budgetMs` milliseconds are over. */
export async function withinBudget<T>(promise: Promise<T>, budgetMs: number): Promise<T | typeof TIMED_OUT> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(() => resolve(TIMED_OUT), budgetMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
