import type { DecisionsOptions } from "./decisions-options.js";
import { keyFileOf, readKey, type PersonalHash } from "./personal-hash.js";
import { RecordClaim } from "./record-claim.js";
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
 * Finds out whether decisions can be recorded, before anything starts, and keeps others from recording to the same file.
 *
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if the file or its key can't be used, or if another process records to it.
 */
export async function claimRecord(options: DecisionsOptions): Promise<RecordClaim | undefined> {
  const { file: path } = options;
  const claim = path === undefined ? undefined : await RecordClaim.take(path);
  try {
    if (path !== undefined) {
      const file = new RecordFile(path);
      await file.open();
      await file.close();
    }
    await keyOf(options);
    return claim;
  } catch (error) {
    await claim?.release();
    throw error;
  }
}
