import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Outcome } from "../errors/outcome.js";
import { LigandError } from "../errors/ligand-error.js";
import { readRegular } from "../services/readable-file.js";
import { readText } from "./read-text.js";

/** How to read a configuration file. */
export type ReadText = (file: string) => Promise<Outcome<string>>;

/** The files of a configuration, as they were when its modules ran. */
export type KeptFiles = ReadonlyMap<string, string>;

/** Which configuration is read, if it isn't the files as they are. */
export interface Reading {
  /** Read instead of the files. */
  readonly kept?: KeptFiles | undefined;
  /** Reads a file. */
  readonly read?: ReadText;
  /** The ids of modules to leave out. */
  readonly without?: readonly string[];
}

/** Where a configuration that ran is kept, in the folder for it. */
const NAME = "last-good.json";

/** Reads files, and notes what they said. */
export function recording(files: Map<string, string>): ReadText {
  return async (file) => {
    const text = await readText(file);
    if (text.value !== undefined) files.set(resolve(file), text.value);
    return text;
  };
}

/** Reads kept files instead of those that are there now. */
export function readingKept(files: KeptFiles): ReadText {
  return async (file) => ({ value: files.get(file) ?? "", problems: [] });
}

/** Keeps a configuration for a start that can't use the files as they are then. Only this user may read it: it has the configs of modules. */
export async function keepFiles(folder: string, files: KeptFiles): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, NAME);
    const next = `${path}.new`;
    await writeFile(next, JSON.stringify({ version: 1, files: Object.fromEntries(files) }), { mode: 0o600 });
    await chmod(next, 0o600);
    await rename(next, path);
  } catch (cause) {
    throw new LigandError("LIGAND_CONFIG_UNREADABLE", `couldn't keep the configuration in ${folder}`, {
      cause,
      remedy: "Let this process write to the folder of `--last-good`.",
    });
  }
}

/** The configuration that ran last, if one was kept. @throws {LigandError} `LIGAND_CONFIG_UNREADABLE` if what was kept can't be used. */
export async function keptFiles(folder: string): Promise<KeptFiles | undefined> {
  const path = join(folder, NAME);
  try {
    const { version, files } = JSON.parse((await readRegular(path)).toString()) as { version: unknown; files: object };
    if (version !== 1) throw new RangeError(`its version is ${String(version)}, not 1`);
    return new Map(Object.entries(files) as [string, string][]);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new LigandError("LIGAND_CONFIG_UNREADABLE", `${path} isn't a configuration that Ligand kept`, {
      cause,
      remedy: "Remove the file; the next start that works writes it again.",
    });
  }
}
