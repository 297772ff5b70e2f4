import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedFolderOf } from "./installed-folder.js";

/**
 * What the files said that this process imported for modules. Node never imports a file a second time: what is imported
 * later, beside them, may be of another version of the package.
 */
const IMPORTED = new Map<string, Promise<string>>();

/** Notes what a module's file, and the `package.json` of its package, say at its first import. */
export function noteImport(url: URL): void {
  for (const file of filesOf(url)) if (!IMPORTED.has(file)) IMPORTED.set(file, hashOf(file));
}

/** The files that have changed since they were imported. */
export async function changedSinceImport(url: URL): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const file of filesOf(url)) {
    const imported = await IMPORTED.get(file);
    if (imported !== undefined && imported !== (await hashOf(file))) changed.push(file);
  }
  return changed;
}

/** The files that this process imported for modules, each with a hash of what it said. */
export async function importedFiles(): Promise<readonly (readonly [file: string, hash: string])[]> {
  const files = await Promise.all(Array.from(IMPORTED, async ([file, hash]) => [file, await hash] as const));
  return files.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The file itself; for an installed package its `package.json` as well. */
function filesOf(url: URL): string[] {
  if (url.protocol !== "file:") return [];
  const file = fileURLToPath(url);
  const root = installedFolderOf(file);
  return root === undefined ? [file] : [join(root, "package.json"), file];
}

/** Empty for a file that can't be read: the import says why. */
async function hashOf(file: string): Promise<string> {
  try {
    return createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
  } catch {
    return "";
  }
}
