import { access } from "node:fs/promises";
import { fullFiles } from "../decisions/kept-records.js";
import { defaultKeyFile, readKey, type PersonalHash } from "../decisions/personal-hash.js";

/** The files of records, each after those that were full before it. */
export async function recordFiles(named: readonly string[]): Promise<readonly string[]> {
  const files = await Promise.all(
    named.map(async (file) => {
      const full = (await fullFiles(file)).map(({ path }) => path);
      // What was just set aside has no successor yet.
      return full.length > 0 && !(await isThere(file)) ? full : [...full, file];
    }),
  );
  return files.flat();
}

/**
 * The key of a record's hashes: the one that is named, or the one where Ligand puts it. Undefined where there is none.
 *
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if there is one that can't be used.
 */
export async function recordKey(keyFile: string | undefined, record: string): Promise<PersonalHash | undefined> {
  const file = keyFile ?? defaultKeyFile(record);
  return keyFile === undefined && !(await isThere(file)) ? undefined : readKey(file, record, false);
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
