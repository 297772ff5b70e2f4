import { brand } from "../errors/brand.js";
import { caught } from "../errors/caught.js";
import { errorPlace } from "../errors/error-place.js";
import { LigandError } from "../errors/ligand-error.js";
import { problemOf, type Problem } from "../errors/problem.js";
import { parsePath, type ConfigPath, type PlaceOf } from "./config-path.js";

/** What {@link rejectConfig} throws. */
export class ConfigRejection extends LigandError {
  static {
    brand(this, "ConfigRejection");
  }

  /** The path from the module's config to what's wrong. */
  readonly path: ConfigPath;

  constructor(message: string, path: ConfigPath, options: { cause?: unknown } = {}) {
    super("LIGAND_CONFIG_REJECTED", message, options);
    this.path = path;
  }
}

/**
 * Rejects a module's config, for rules that no class-validator decorator can express. Call it in the method `validate()` of a
 * config class, or in the static method `parseConfig(config)` of a module. The administrator sees the message at
 * the line that `path` points to.
 *
 * @param message what's wrong and what's expected, such as `min must not be above max`
 * @param path the path from the config to what's wrong: `rules[0].pattern` or `["rules", 0, "pattern"]`
 * @param options the error that led to this one, shown below the message
 * @throws {ConfigRejection} always
 *
 * @public
 */
export function rejectConfig(
  message: string,
  path: string | ConfigPath = [],
  options: { cause?: unknown } = {},
): never {
  throw new ConfigRejection(message, parsePath(path), options);
}

/** What an author's code threw for a config, as a problem. */
export function rejectionProblem(thrown: unknown, at: PlaceOf, who: string): Problem {
  const error = caught(thrown);
  const code = "LIGAND_CONFIG_REJECTED";
  if (!(error instanceof ConfigRejection)) {
    const place = errorPlace(error);
    const message = `${who} failed on this config${place === undefined ? "" : `, at ${place}`}`;
    return problemOf(code, message, { ...at([], "key"), cause: error });
  }
  const { message, path, remedy, cause } = error;
  return problemOf(code, message, { ...at(path, "value"), remedy, cause });
}
