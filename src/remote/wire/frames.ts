import { LigandError } from "../../errors/ligand-error.js";

/** The header of a message, before its length. Others may stand beside it, and its letters may be of any case. */
export const LENGTH_HEADER = "Content-Length: ";

/** What separates the headers of a message from its JSON. */
export const HEADERS_END = "\r\n\r\n";

/** The error for bytes that are no message of the protocol, or that would be none. */
export function brokenFrame(found: string): LigandError {
  return new LigandError("LIGAND_REMOTE_PROTOCOL", `the other side sent, or was to be sent, ${found}`);
}
