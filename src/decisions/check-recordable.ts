import type { DecisionsOptions } from "./decisions-options.js";
import { keyFileOf, readKey, type PersonalHash } from "./personal-hash.js";
import { RecordFile } from "./record-file.js";

/** The key of the hashes of a record; undefined if it needs none. It's made where there is none. */
export async function keyOf({
  file,
  personal = "hashed",
  keyFile,
}: DecisionsOptions): Promise<PersonalHash | undefined> {
  if (file === undefined || personal !== "hashed") return undefined;
  return readKey(keyFileOf(file, keyFile), file, true);
}

/**
 * Finds out whether decisions can be recorded, before anything starts.
 *
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if the file or its key can't be used.
 */
export async function checkRecordable(options: DecisionsOptions): Promise<void> {
  if (options.file !== undefined) {
    const file = new RecordFile(options.file);
    await file.open();
    await file.close();
  }
  await keyOf(options);
}
