import { categoryNamed } from "../../container/chain-of.js";
import type { RemoteHook } from "../wire/protocol.js";

/** The hooks that a homeserver isn't going to ask, because no module had them when it was introduced, as `Category.hook`. */
export function newHooks(before: readonly RemoteHook[], now: readonly RemoteHook[]): string[] {
  const known = new Set(before.map(nameOf));
  return now.map(nameOf).filter((name) => !known.has(name));
}

function nameOf({ category, hook }: RemoteHook): string {
  return `${categoryNamed(category)!.name}.${hook}`;
}
