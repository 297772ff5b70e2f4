import type { AnyHook } from "./hook.js";

/** Synapse's name of a hook: ours in snake case, unless the hook says otherwise. */
export function referenceName(name: string, hook: Pick<AnyHook, "referenceName">): string {
  return hook.referenceName ?? name.replaceAll(/[A-Z]|\d+/g, (start) => `_${start.toLowerCase()}`);
}
