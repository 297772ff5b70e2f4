/**
 * Declares tests that mostly wait, for other processes or for time to pass. All of them begin before the first one is
 * awaited, so that they take the time of the longest.
 *
 * @param most how many run at one time
 */
export function sideBySide(tests: Readonly<Record<string, () => Promise<unknown>>>, most = Infinity): void {
  const running = new Map<string, Promise<unknown>>();
  before(() => {
    const lanes = new Map<number, Promise<unknown>>();
    for (const [index, [title, test]] of Object.entries(tests).entries()) {
      const lane = index % most;
      const result = (lanes.get(lane) ?? Promise.resolve()).then(test);
      running.set(title, result);
      // Reported by the test of its own.
      lanes.set(
        lane,
        result.catch(() => {}),
      );
    }
  });
  for (const title of Object.keys(tests)) it(title, () => running.get(title));
}
