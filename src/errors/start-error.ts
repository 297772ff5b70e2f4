import { brand } from "./brand.js";
import type { ErrorCode } from "./catalogue.js";
import { LigandError } from "./ligand-error.js";
import { formatProblem, type Problem } from "./problem.js";

/** Start-up found problems and started nothing. `problems` lists them all, and `message` shows them all. @public */
export class StartError extends LigandError {
  static {
    brand(this, "StartError");
  }

  declare readonly problems: readonly Problem[];

  constructor(
    problems: readonly Problem[],
    code: ErrorCode = "LIGAND_START_FAILED",
    outcome = "no module was started",
  ) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(code, `${count} found; ${outcome}\n${problems.map(formatProblem).join("\n")}`);
    // Not enumerable: where nothing catches the error, Node.js prints its members after the message, which has them all.
    Object.defineProperty(this, "problems", { value: problems });
  }
}

/**
 * The configuration is wrong. `problems` has *every* problem of every file, in source order. Modules add their own
 * through `rejectConfig`.
 *
 * @public
 */
export class ConfigError extends StartError {
  static {
    brand(this, "ConfigError");
  }
}

/**
 * A reload was refused, and the modules go on as before. `problems` has everything that's wrong with the new configuration.
 *
 * @public
 */
export class ReloadError extends StartError {
  static {
    brand(this, "ReloadError");
  }

  constructor(problems: readonly Problem[]) {
    super(problems, "LIGAND_RELOAD_REFUSED", "the modules go on with the configuration that they have");
  }
}
