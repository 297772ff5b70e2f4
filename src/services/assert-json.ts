import { LigandError } from "../errors/ligand-error.js";
import { jsonFault } from "../matrix/json.js";

/**
 * Refuses data of a module that can't become JSON, before anything is done with it.
 *
 * @param what the data is, for the message
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID`
 */
export function assertJson(data: unknown, what: string): void {
  const fault = jsonFault(data);
  if (fault !== undefined) throw new LigandError("LIGAND_ARGUMENT_INVALID", `JSON can't carry ${what}: ${fault}`);
}
