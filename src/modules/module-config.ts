import type { Newable } from "inversify";
import { placesIn, type Locate } from "../config/config-path.js";
import { rejectionProblem } from "../config/reject-config.js";
import type { Outcome } from "../errors/outcome.js";
import { configTypeOf } from "./config-type-of.js";
import { hasParser } from "./module.js";

/**
 * The config of a module: an instance of its config class, if it has one; then, if the class has a static method
 * `parseConfig`, what that returns for it. Without either, the plain data, frozen.
 *
 * @param known its config, if the same `raw` was valid before
 */
export async function moduleConfig(
  Class: Newable<object>,
  raw: object,
  locate: Locate,
  basePath: string,
  known?: unknown,
): Promise<Outcome<unknown>> {
  const type = await configTypeOf(Class);
  const parses = hasParser(Class);
  let who = "copying";
  try {
    // Code of the module sees copies: the next reload compares what was written, and reads it again only where it changed.
    const given = copy(raw, !type && !parses);
    const result: Outcome<unknown> = type
      ? await type.check(given, locate, basePath, parses ? undefined : known)
      : { value: given, problems: [] };
    if (result.problems.length > 0 || !parses) return result;
    who = `\`${Class.name}.parseConfig\``;
    return { value: await Class.parseConfig(result.value), problems: [] };
  } catch (error) {
    return { problems: [rejectionProblem(error, placesIn(locate, basePath), who)] };
  }
}

const PLAIN = { configurable: true, enumerable: true, writable: true };

/** Copies lists and plain mappings, so that no two modules share a config; other objects stay as they are. */
function copy<T>(value: T, freeze: boolean, copies = new Map<object, object>()): T {
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
  const known = copies.get(value);
  if (known) return known as T;
  const made: object = Array.isArray(value) ? [] : {};
  copies.set(value, made);
  for (const [key, item] of Object.entries(value)) {
    // Not assigned: `__proto__` is a key, too.
    Object.defineProperty(made, key, { ...PLAIN, value: copy(item, freeze, copies) });
  }
  return (freeze ? Object.freeze(made) : made) as T;
}
