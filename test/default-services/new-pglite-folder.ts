import { cp, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";

const require = createRequire(import.meta.url);
const { version } = require(
  join(fileURLToPath(import.meta.resolve("@electric-sql/pglite")), "..", "..", "package.json"),
) as { version: string };
const TEMPLATE = join(import.meta.dirname, "..", "..", `pglite-${version}`);

/** A folder with a new database of PGlite: a copy of one that is made once, since making one takes seconds. */
export async function newPgliteFolder(): Promise<string> {
  if (!(await exists(TEMPLATE))) await makeTemplate();
  const folder = await mkdtemp(join(tmpdir(), "ligand-pglite-"));
  await cp(TEMPLATE, folder, { recursive: true });
  return folder;
}

/** Made elsewhere and then moved, so that no other process copies half of it. */
async function makeTemplate(): Promise<void> {
  const folder = `${TEMPLATE}-${process.pid}`;
  await (await PGlite.create({ dataDir: folder })).close();
  try {
    await rename(folder, TEMPLATE);
  } catch (error) {
    // Another process was faster.
    if (!(await exists(TEMPLATE))) throw error;
    await rm(folder, { recursive: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
