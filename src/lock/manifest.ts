import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { installedFolderOf } from "../modules/installed-folder.js";

/** What is used of a `package.json`. Someone wrote it by hand: it may say anything. */
export interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly files?: unknown;
  readonly main?: unknown;
  readonly bin?: unknown;
  readonly dependencies?: object;
  readonly optionalDependencies?: object;
  readonly peerDependencies?: object;
}

/** What the `package.json` in a folder says; nothing where it can't be read, which Node's import would report. */
export async function manifestIn(folder: string): Promise<Manifest> {
  try {
    return (JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest | null) ?? {};
  } catch {
    return {};
  }
}

/** The folder of the package that a file belongs to: in `node_modules`, or above the file where a package has that name. */
export async function packageFolderOf(file: string, name: string): Promise<string | undefined> {
  const installed = installedFolderOf(file);
  if (installed !== undefined) return installed;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if ((await manifestIn(folder)).name === name) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
