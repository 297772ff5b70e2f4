import { LigandError } from "../errors/ligand-error.js";
import { Database } from "../services/database.js";

/** The {@link Database} of a test that has asked for none: using it is an error that says how to have one. */
export class NoDatabase extends Database {
  protected async transact(): Promise<never> {
    throw new LigandError("LIGAND_NOT_SUPPORTED", "the module uses the Database service, and the test offers none", {
      remedy:
        "Offer one, such as PGlite in memory: " +
        "testModule(Class, config, { services: [bindService(Database, new PgliteDatabase())] }).",
    });
  }
}
