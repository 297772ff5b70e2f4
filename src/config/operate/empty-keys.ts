import { problemOf, type Problem } from "../../errors/problem.js";
import type { ConfigPath, PlaceOf } from "../config-path.js";

/**
 * A warning for each key without a value. It counts as not written, but who wrote it may believe that it bounds the module, or
 * have lost its value to a wrong indent.
 *
 * @param known the keys that may be there; the others are mistakes already
 * @param path where the keys are, for `at`
 */
export function emptyKeys(
  keys: Readonly<Record<string, unknown>>,
  known: readonly string[],
  at: PlaceOf,
  path: ConfigPath = [],
): Problem[] {
  return known
    .filter((key) => keys[key] === null)
    .map((key) =>
      problemOf("LIGAND_CONFIG_UNUSED", `\`${key}\` has no value, so it counts as not written`, {
        severity: "warning",
        ...at([...path, key], "key"),
        remedy: "Write its value, indent what belongs to it, or remove it.",
      }),
    );
}
