import { brand } from "./brand.js";
import { LigandError } from "./ligand-error.js";

/**
 * A module's callback failed in a hook whose answer the operation needs. It isn't the client's fault: answer
 * 500 `M_UNKNOWN`. The callback's own error is the `cause`.
 *
 * @public
 */
export class ModuleFailedError extends LigandError {
  static {
    brand(this, "ModuleFailedError");
  }

  constructor(message: string, options: { cause?: unknown } = {}) {
    super("LIGAND_MODULE_FAILED", message, options);
  }
}
