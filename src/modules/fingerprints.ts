import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedFolderOf } from "./installed-folder.js";

/**
 * What the files said that this process imported for modules. Node never imports a file a second time: what is imported
 * later, beside them, may be of another version of the package.
 */
const IMPORTED = new Map<string, string>();

/** Notes what a module's file, and the `package.json` of its package, say at its first import. */
export function noteImport(url: URL): void {
  for (const file of filesOf(url)) if (!IMPORTED.has(file)) IMPORTED.set(file, hashOf(file));
}

/** The files that have changed since they were imported. */
export function changedSinceImport(url: URL): readonly string[] {
  return filesOf(url).filter((file) => {
    const imported = IMPORTED.get(file);
    return imported !== undefined && imported !== hashOf(file);
  });
}

/** The files that this process imported for modules, each with a hash of what it said. */
export function importedFiles(): readonly (readonly [file: string, hash: string])[] {
  return [...IMPORTED].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The file itself; for an installed package its `package.json` as well. */
function filesOf(url: URL): string[] {
  if (url.protocol !== "file:") return [];
  const file = fileURLToPath(url);
  const root = installedFolderOf(file);
  return root === undefined ? [file] : [join(root, "package.json"), file];
}

/** Empty for a file that can't be read: the import says why. */
function hashOf(file: string): string {
  try {
    // Promises would take several times as long, and Node is about to read and compile the file anyway.
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return "";
  }
}
