import { brand } from "./brand.js";
import type { ErrorCode } from "./catalogue.js";
import { LigandError } from "./ligand-error.js";
import { formatProblem, type Problem } from "./problem.js";

/** Start-up found problems and started nothing. `problems` has all of them; `message` shows all of them. */
export class StartError extends LigandError {
  static {
    brand(this, "StartError");
  }

  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], code: ErrorCode = "LIGAND_START_FAILED") {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(code, `${count} found; no module was started\n${problems.map(formatProblem).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * The configuration is wrong. `problems` has *every* problem of every file, in the order of the text.
 * A module adds problems of its own through `rejectConfig`.
 */
export class ConfigError extends StartError {
  static {
    brand(this, "ConfigError");
  }
}
