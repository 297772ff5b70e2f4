import { LigandError } from "../errors/ligand-error.js";

/** A shadow-banned user asked for something: the client is told that it worked, and nothing happens. */
export class ShadowBanError extends LigandError {
  constructor() {
    super("LIGAND_NOT_SUPPORTED", "the user is shadow-banned", { remedy: "Answer the client as if it had worked." });
  }
}
