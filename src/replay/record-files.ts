import { fullFiles } from "../decisions/kept-records.js";
import { isThere } from "../decisions/private-file.js";

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
