import { NO_CONTEXT, type HookContext } from "./context.js";
import type { Call } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import type { Parameter } from "./parameter.js";

/** Reads one of a call's arguments. */
export function argumentAt(position: number): Call {
  return SLOTS[position]!;
}

/** Reads the context of a call, which follows the hook's own arguments. */
export function contextAt({ parameters }: Pick<AnyHook, "parameters">): (...args: Parameters<Call>) => HookContext {
  const read = argumentAt((parameters as readonly Parameter[]).length);
  return (a0, a1, a2, a3, a4, a5) => (read(a0, a1, a2, a3, a4, a5) ?? NO_CONTEXT) as HookContext;
}

/** By position: reading an argument from a list of all would make the list at each call. */
const SLOTS: readonly Call[] = [
  (a0) => a0,
  (_0, a1) => a1,
  (_0, _1, a2) => a2,
  (_0, _1, _2, a3) => a3,
  (_0, _1, _2, _3, a4) => a4,
  (_0, _1, _2, _3, _4, a5) => a5,
];
