import { readFile, realpath } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { dirname, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { moduleResolve } from "import-meta-resolve";
import { isOwn } from "../package.js";
import type { FilesByPath } from "./file-hashes.js";
import { importsIn, isCode } from "./imports-in.js";

/** A file and what it imports. */
export interface FollowedFiles {
  /** By their paths from the folder of the file. */
  readonly files: FilesByPath;
  /** The packages that they import. */
  readonly packages: ReadonlySet<string>;
  /** What couldn't be followed, and where it's written. */
  readonly unlocked: readonly string[];
}

/** What a file says, and what it imports. */
interface FileImports {
  readonly content: Buffer;
  /** The files that are part of what's followed. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** What couldn't be followed. */
  readonly unlocked: readonly string[];
}

/**
 * Follows a file's imports, as far as they lead to files and not to packages.
 *
 * @param importsOf reads each of them
 */
export async function followFiles(
  first: string,
  importsOf: (file: string) => Promise<FileImports>,
): Promise<FollowedFiles> {
  const folder = dirname(first);
  const files = new Map<string, Buffer>();
  const packages = new Set<string>();
  const unlocked: string[] = [];
  const found = new Set([first]);
  // A set is walked to its end, what is added on the way included.
  for (const file of found) {
    const path = relative(folder, file).split(sep).join("/");
    const imports = await importsOf(file);
    files.set(path, imports.content);
    for (const imported of imports.files) found.add(imported);
    for (const name of imports.packages) packages.add(name);
    unlocked.push(...imports.unlocked.map((what) => `${path}: ${what}`));
  }
  return { files, packages, unlocked };
}

/** Reads a file, and finds what it imports. */
export async function readImports(file: string): Promise<FileImports> {
  const content = await readFile(file);
  const { specifiers, unknown } = isCode(file) ? importsIn(content.toString()) : { specifiers: [], unknown: [] };
  const files: string[] = [];
  const packages: string[] = [];
  const unlocked = [...unknown];
  for (const specifier of specifiers) {
    if (isBuiltin(specifier)) continue;
    const imported = await fileOf(specifier, file);
    const [name] = PACKAGE.exec(specifier) ?? [];
    if (name !== undefined) {
      // What isn't installed isn't imported, or only a word in a comment.
      if (imported !== undefined) packages.push(name);
    } else if (imported !== undefined) {
      // Ligand is left out by its name, and so it is by its files.
      if (!isOwn(imported)) files.push(imported);
    } else if (/^[./#]|^file:/.test(specifier)) unlocked.push(specifier);
  }
  return { content, files, packages, unlocked };
}

/** The name of a package, with which a specifier begins. */
const PACKAGE = /^(@[a-z0-9~-][^/:\s]*\/)?[a-z0-9~-][^/:\s]*(?=\/|$)/i;

/** The file that code names: as an ES module does it, or as CommonJS. */
async function fileOf(specifier: string, from: string): Promise<string | undefined> {
  try {
    return await realpath(fileURLToPath(moduleResolve(specifier, pathToFileURL(from))));
  } catch {
    try {
      return createRequire(from).resolve(specifier);
    } catch {
      // Listed as what couldn't be followed.
      return undefined;
    }
  }
}
