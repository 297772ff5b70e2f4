import { LigandError } from "../../errors/ligand-error.js";

/** The error for something that the other side names by a number, and that isn't there for it. */
export function notKept(what: string): LigandError {
  return new LigandError("LIGAND_REMOTE_PROTOCOL", `${what} was used before, or isn't kept any more`);
}
