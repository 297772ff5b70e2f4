import type { Logger } from "winston";
import { deferredLogger } from "./deferred-logger.js";

/**
 * A module's logger: it writes where `root` writes, and adds the module's id to each line as `module`.
 *
 * @param root Ligand's logger, or the host's own winston logger.
 */
export function moduleLogger(root: Logger, info: { readonly id: string }): Logger {
  return deferredLogger(() => derive(root, info));
}

function derive(root: Logger, info: { readonly id: string }): Logger {
  const logger = root.child({ module: info.id });
  // In winston, a line's data overrides that of its logger: a line could pose as another module's.
  const write = (line: object) => logger.write(withoutReserved(line));
  return Object.create(logger, { write: { value: write } }) as Logger;
}

/** Keys that identify a line; its data must not override them. */
const RESERVED = ["module", "timestamp"];

/** Renames the data that would override those keys. */
function withoutReserved(line: object): object {
  if (!RESERVED.some((name) => name in line)) return line;
  // An error stays an error: formats look for its stack.
  const copy = Object.create(Object.getPrototypeOf(line) as object | null) as Record<PropertyKey, unknown>;
  for (const key of Reflect.ownKeys(line)) {
    const name = typeof key === "string" && RESERVED.includes(key) ? `_${key}` : key;
    copy[name] = (line as Record<PropertyKey, unknown>)[key];
  }
  return copy;
}
