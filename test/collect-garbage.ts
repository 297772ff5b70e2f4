import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate } from "node:timers/promises";
import { until } from "./until.js";

setFlagsFromString("--expose-gc");

/** Collects what nothing in this process refers to, for which it reads the whole heap. */
export const collectGarbage = runInNewContext("gc") as () => void;

/** Collects garbage until something is so that follows from it. */
export function untilCollected(isSo: () => boolean): Promise<void> {
  return until(async () => {
    if (isSo()) return true;
    // What a WeakRef was asked for is kept until the end of the turn.
    await setImmediate();
    collectGarbage();
    return false;
  });
}
