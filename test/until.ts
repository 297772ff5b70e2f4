import { setTimeout } from "node:timers/promises";

/** How long anything may take on a machine that is busy; less than a test may, so that it says what it waited for. */
const PATIENCE_MS = 60_000;

/** Waits until something is so. Rejects after a minute, with what was to be. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await isSo()); await setTimeout(10)) {
    if (Date.now() > deadline) throw new Error(`not so within a minute: ${isSo.toString()}`);
  }
}

/** Reads a value again until it is the expected one. */
export async function untilIs(expected: unknown, read: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await setTimeout(50)) {
    const found = await read();
    if (found === expected) return;
    if (Date.now() > deadline) throw new Error(`${JSON.stringify(found)} still; expected ${JSON.stringify(expected)}`);
  }
}
