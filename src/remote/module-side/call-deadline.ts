import { BEFORE_DEADLINE_MS } from "../../dispatch/budgets.js";
import type { Runtime } from "../wire/runtime.js";

type Dated = Pick<Runtime, "date">;

/** When a call that arrives now has to be answered, in milliseconds since the epoch; of little time, half is left to callbacks. */
export function deadlineOf(callTimeoutMs: number, runtime: Dated): number {
  return runtime.date().getTime() + Math.max(callTimeoutMs, callTimeoutMs / 2 + BEFORE_DEADLINE_MS);
}

/** Whether callbacks that haven't answered yet are given up. */
export function isOverdue(deadline: number | undefined, runtime: Dated): boolean {
  return deadline !== undefined && runtime.date().getTime() >= deadline - BEFORE_DEADLINE_MS;
}
