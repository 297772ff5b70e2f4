import { brand } from "./brand.js";
import { LigandError } from "./ligand-error.js";

/**
 * A module's callback failed in a hook whose answer the operation cannot do without. It is not an error of the
 * client: answer 500 `M_UNKNOWN`. The callback's own error is the `cause`.
 */
export class ModuleFailedError extends LigandError {
  static {
    brand(this, "ModuleFailedError");
  }

  constructor(message: string, options: { cause?: unknown } = {}) {
    super("LIGAND_MODULE_FAILED", message, options);
  }
}
