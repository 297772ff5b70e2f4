import { isDeepStrictEqual } from "node:util";
import type { AnyHook } from "../hooks/hook.js";
import type { RecordedDispatch } from "../dispatch/recorded-dispatch.js";

/** Which decisions of a hook are recorded: all, those in which a module had a part, or a share of all, from 0 to 1. */
export type KeepHook = "all" | "decided" | number;

/** Which decisions are recorded. */
export interface Keep {
  /** By `Category.hook`. */
  readonly hooks: ReadonlyMap<string, KeepHook>;
  /** For the others; undefined for all, and of frequent hooks those in which a module had a part. */
  readonly others: KeepHook | undefined;
}

export function keepOf({ hooks, others }: Keep, chain: string, { frequent }: AnyHook): KeepHook {
  return hooks.get(chain) ?? others ?? (frequent ? "decided" : "all");
}

/**
 * Whether a module had a part in a decision: it failed, changed an argument or the result, or would have done that from the
 * shadow.
 */
export function isDecided({ outcome, came, last, shadows, args, chain }: RecordedDispatch): boolean {
  if (!outcome || "error" in outcome) return true;
  if (came.some(({ thrown }) => thrown)) return true;
  for (const { result } of shadows?.values() ?? []) if (result !== undefined && result !== "unchanged") return true;
  if (last && chain.live.some((position, order) => !isDeepStrictEqual(args![position], last.live[order]))) return true;
  return !isDeepStrictEqual(outcome.result, chain.empty);
}
