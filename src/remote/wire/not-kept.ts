import { LigandError } from "../../errors/ligand-error.js";

/** The error for something that the other side names by number, but that doesn't exist for it. */
export function notKept(what: string): LigandError {
  return new LigandError("LIGAND_REMOTE_PROTOCOL", `${what} was used before, or has been dropped`);
}
