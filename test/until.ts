import { setTimeout } from "node:timers/promises";

/** Waits until something is so. Rejects after 20 seconds, with what was to be. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await isSo()); await setTimeout(10)) {
    if (Date.now() > deadline) throw new Error(`not so within 20 s: ${isSo.toString()}`);
  }
}

/** Reads a value again until it is the expected one. */
export async function untilIs(expected: unknown, read: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await setTimeout(50)) {
    const found = await read();
    if (found === expected) return;
    if (Date.now() > deadline) throw new Error(`${JSON.stringify(found)} still; expected ${JSON.stringify(expected)}`);
  }
}
