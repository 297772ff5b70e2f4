import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Ligand } from "../dispatch/mixed-rows.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Ligand as of a revision, built beside the sources of now, with the packages that are installed here. */
export async function buildRevision(revision: string): Promise<{ ligand: Ligand; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "ligand-revision-"));
  const sources = join(directory, "sources");
  await run("git", ["worktree", "add", "--detach", "--force", sources, revision], { cwd: root });
  const remove = async () => {
    await run("git", ["worktree", "remove", "--force", sources], { cwd: root });
    await rm(directory, { recursive: true });
  };
  try {
    await symlink(join(root, "node_modules"), join(sources, "node_modules"));
    await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "src"], { cwd: sources });
    return { ligand: (await import(pathToFileURL(join(sources, "dist/index.js")).href)) as Ligand, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
