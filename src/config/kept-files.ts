import { randomUUID } from "node:crypto";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Outcome } from "../errors/outcome.js";
import { ifThere } from "../errors/if-there.js";
import { LigandError } from "../errors/ligand-error.js";
import { openRegular } from "../services/readable-file.js";
import { readText } from "./read-text.js";

/** How to read a configuration file. */
export type ReadText = (file: string) => Promise<Outcome<string>>;

/** How configuration files are found. */
export interface FoundFiles {
  /** The files that a path means. */
  readonly list?: ((path: string) => Promise<Outcome<readonly string[]>>) | undefined;
  readonly read?: ReadText | undefined;
}

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
  /** Whether it may have been left without one of them. */
  readonly mayLack?: boolean;
  /** Whether files without `modules:` are refused: they may be half written. */
  readonly mustList?: boolean;
}

/** Where a configuration that ran is kept, in the folder for it. */
const NAME = "last-good.json";
/** The mode of a file that others than its owner may write to. */
const OTHERS_WRITE = 0o022;

/** Reads files, and notes what they said. */
export function recording(files: Map<string, string>): ReadText {
  return async (file) => {
    const text = await readText(file);
    if (text.value !== undefined) files.set(resolve(file), text.value);
    return text;
  };
}

/** Finds kept files instead of what has their paths now. */
export function keptAsFiles(files: KeptFiles): FoundFiles {
  return {
    list: async (path) => ({ value: [path], problems: [] }),
    read: async (file) => ({ value: files.get(file) ?? "", problems: [] }),
  };
}

/**
 * Keeps a configuration for a start that can't use the files as they are then. Only this user may read it: it has the configs of
 * modules.
 *
 * @param of the paths that the configuration is named by
 * @throws {LigandError} `LIGAND_CONFIG_UNREADABLE` if that's impossible, or the folder has another configuration
 */
export async function keepFiles(folder: string, of: readonly string[], files: KeptFiles): Promise<void> {
  const path = join(folder, NAME);
  // What can't be used is replaced.
  const before = await readKept(path).catch(() => undefined);
  if (before) assertSame(path, before.of, of);
  // Several processes of one homeserver may keep theirs in the same folder.
  const next = `${path}.${randomUUID()}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(next, JSON.stringify({ version: 1, of, files: Object.fromEntries(files) }), { mode: 0o600 });
    await rename(next, path);
  } catch (cause) {
    await rm(next, { force: true }).catch(() => undefined);
    throw new LigandError("LIGAND_CONFIG_UNREADABLE", `couldn't keep the configuration in ${folder}`, {
      cause,
      remedy: "Let this process write to the folder. Until then a start may run an older one.",
    });
  }
}

/** Whether a folder keeps a configuration, be it one that can't be used. */
export function isKept(folder: string): Promise<boolean> {
  return access(join(folder, NAME)).then(
    () => true,
    () => false,
  );
}

/**
 * The configuration that ran last, if one was kept.
 *
 * @param of the paths that the configuration is named by
 * @param user who must own what was kept: by default the user of this process
 * @throws {LigandError} `LIGAND_CONFIG_UNREADABLE` if what was kept can't be used.
 */
export async function keptFiles(folder: string, of: readonly string[], user?: number): Promise<KeptFiles | undefined> {
  const path = join(folder, NAME);
  const kept = await readKept(path, user);
  if (kept) assertSame(path, kept.of, of);
  return kept?.files;
}

async function readKept(
  path: string,
  user = process.geteuid?.(),
): Promise<{ readonly of: unknown; readonly files: KeptFiles } | undefined> {
  const text = await ifThere(readOwn(path, user)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "LIGAND_CONFIG_UNREADABLE") throw cause;
    throw new LigandError("LIGAND_CONFIG_UNREADABLE", `couldn't read the configuration that was kept as ${path}`, {
      cause,
      remedy: "Let this process read it, or remove it; the next start that works writes it again.",
    });
  });
  if (text === undefined) return undefined;
  try {
    const { version, of, files } = Object(JSON.parse(text)) as { version?: unknown; of?: unknown; files?: unknown };
    if (version !== 1) throw new RangeError(`its version is ${String(version)}, not 1`);
    const kept = Object.entries(Object(files) as Record<string, string>);
    // Without a file there would be no modules, and no mistake either.
    if (kept.length === 0 || !kept.every(([file]) => isAbsolute(file))) throw new RangeError("it has no files");
    return { of, files: new Map(kept) };
  } catch (cause) {
    throw new LigandError("LIGAND_CONFIG_UNREADABLE", `${path} isn't a configuration that Ligand kept`, {
      cause,
      remedy: "Remove the file; the next start that works writes it again.",
    });
  }
}

/** Reads a file that only this user can have written: a configuration says which code is run. */
async function readOwn(path: string, user: number | undefined): Promise<string> {
  await using file = await openRegular(path);
  const { uid, mode } = await file.stat();
  // Windows has no such ids and modes.
  if (user !== undefined && uid !== user)
    throw notOwn(`${path} belongs to another user (uid ${uid}), who could choose which modules run`);
  if (user !== undefined && (mode & OTHERS_WRITE) !== 0)
    throw notOwn(`other users may write to ${path}, and choose which modules run`);
  return await file.readFile("utf8");
}

function notOwn(fault: string): LigandError {
  return new LigandError("LIGAND_CONFIG_UNREADABLE", fault, {
    remedy: "Remove the file; the next start that works writes it again.",
  });
}

/** Two homeservers that share a folder would run each other's modules. */
function assertSame(path: string, of: unknown, own: readonly string[]): void {
  if (isDeepStrictEqual(of, own)) return;
  const others = Array.isArray(of) ? of.join(", ") : "other files";
  const message = `${path} keeps the configuration of ${others}, and not of ${own.join(", ")}`;
  throw new LigandError("LIGAND_CONFIG_UNREADABLE", message, {
    remedy: "Give each homeserver a folder of its own for it, or remove the file if those have moved.",
  });
}
