import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModuleEntry } from "../../config/module-entry.js";
import { placesIn } from "../../config/config-path.js";
import type { Permissions } from "../../config/operate/operate-settings.js";
import { problemOf, type Problem } from "../../errors/problem.js";
import { parseSpecifier, resolveSource } from "../../modules/specifier.js";
import { COPY } from "../../package.js";

/** The options of Node that let a process do what its permissions say, and nothing else. */
export async function permissionArgs(permissions: Permissions, entries: readonly ModuleEntry[]): Promise<string[]> {
  return [
    ...flagsOfModel(),
    ...(await readablePaths(permissions, entries)).map((path) => `--allow-fs-read=${path}`),
    ...permissions.write.map((path) => `--allow-fs-write=${path}`),
    ...(permissions.childProcesses ? ["--allow-child-process"] : []),
    ...(permissions.network && knows("--allow-net") ? ["--allow-net"] : []),
  ];
}

/**
 * What a process can read: what its permissions name, and what it needs to load its modules, which is Ligand, the modules'
 * packages, and the `node_modules` from which they import.
 */
export async function readablePaths(
  { read, write }: Permissions,
  entries: readonly ModuleEntry[],
): Promise<readonly string[]> {
  const needed = await Promise.all(entries.map(foldersOf));
  return [...new Set([...read, ...write, ...needed.flat(), ...foldersToImport(folderOfLigand())])];
}

/** What the running Node can't forbid. */
export function permissionProblems({ network }: Permissions, entry: ModuleEntry): Problem[] {
  if (network || knows("--allow-net")) return [];
  const message = `Node ${process.version} can't forbid a process to use the network`;
  // What a shared process may have isn't written in the entry.
  const written = entry.operate?.process?.name === "own" ? ["permissions", "network"] : ["process"];
  return [
    problemOf("LIGAND_CONFIG_INVALID", message, {
      ...placesIn(entry.locate, `modules[${entry.index}]`)(["operate", ...written], "value"),
      remedy: "Leave out `network: false`, or use Node 25 or later.",
    }),
  ];
}

/** Nodes warn of what's experimental in it, and of what it may be used for: lines in the log at each start of a process. */
function flagsOfModel(): string[] {
  return [
    knows("--permission") ? "--permission" : "--experimental-permission",
    "--disable-warning=ExperimentalWarning",
    "--disable-warning=SecurityWarning",
  ];
}

function knows(flag: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(flag);
}

function folderOfLigand(): string {
  return realpathSync(fileURLToPath(COPY.url));
}

/** What is read to import an entry's module; nothing where there is none, which its process will report. */
async function foldersOf({ specifier, directory }: ModuleEntry): Promise<string[]> {
  const links = foldersAbove(directory);
  const source = parseSpecifier(specifier).value?.source;
  const url = source === undefined ? undefined : (await resolveSource(source, directory)).value;
  if (!url || url.protocol !== "file:" || !existsSync(url)) return links;
  const file = fileURLToPath(url);
  // A linked package is read where it is, and found where its link is.
  return [...links, ...foldersToImport(packageOf(file)), ...foldersToImport(packageOf(realpathSync(file)))];
}

/** A folder, and the `node_modules` in it and above it. */
function foldersToImport(folder: string): string[] {
  return [folder, ...foldersAbove(folder)];
}

function foldersAbove(folder: string): string[] {
  const parent = dirname(folder);
  const modules = join(folder, "node_modules");
  // Node looks for the nearest one, to find out what kind of file it has.
  const manifest = join(folder, "package.json");
  const here = [modules, manifest].filter((path) => existsSync(path));
  return parent === folder ? here : [...here, ...foldersAbove(parent)];
}

/** The folder of the package that a file belongs to; its own folder if it belongs to none. */
function packageOf(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, "package.json"))) {
    if (dirname(folder) === folder) return dirname(file);
    folder = dirname(folder);
  }
  return folder;
}
