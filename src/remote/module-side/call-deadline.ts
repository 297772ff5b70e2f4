import { BEFORE_DEADLINE_MS } from "../../hooks/budgets.js";

/** When a call that arrives now has to be answered, in milliseconds since the epoch; of little time, half is left to callbacks. */
export function deadlineOf(callTimeoutMs: number): number {
  return Date.now() + Math.max(callTimeoutMs, callTimeoutMs / 2 + BEFORE_DEADLINE_MS);
}

/** Whether callbacks that haven't answered yet are given up. */
export function isOverdue(deadline: number | undefined): boolean {
  return deadline !== undefined && Date.now() >= deadline - BEFORE_DEADLINE_MS;
}
