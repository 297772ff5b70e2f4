import { rename, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { describeFound } from "../config/describe-found.js";
import { LigandError } from "../errors/ligand-error.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf } from "../errors/problem.js";
import { readRegular } from "../services/readable-file.js";

/** What a module is made of, as far as it's known before its code runs. */
export interface LockedCode {
  /** What the entry loads, as written there. */
  readonly module: string;
  /** Name and version; absent for a file that belongs to no installed or linked package. */
  readonly package?: string;
  /** SHA-512 of the sorted list of its files, each with its hash. */
  readonly files: string;
  /** SHA-512 of the packages that it depends on, as npm recorded them. */
  readonly dependencies: string;
  /** What neither hash covers, and why. */
  readonly unlocked: readonly string[];
}

/** What a module asks for, which its class says. All are sorted. */
export interface LockedUse {
  readonly hooks: readonly string[];
  readonly services: readonly string[];
  readonly webPaths: readonly string[];
  readonly loginTypes: readonly string[];
}

/** What is recorded of a module. */
export type LockedModule = LockedCode & LockedUse;

/** The modules of a configuration as someone accepted them, by their ids. */
export type LockedModules = Readonly<Record<string, LockedModule>>;

/** The format of lock files that this version writes and reads. */
const VERSION = 1;

/** Where the lock of a configuration is: beside its first file, or the folder that was named first. */
export function lockFileOf([first = ""]: readonly string[]): string {
  return `${resolve(first).replace(/\.ya?ml$/i, "")}.lock.json`;
}

/** The text of a lock file: the same for the same modules, in whichever order and folder. */
export function lockText(files: readonly string[], modules: LockedModules): string {
  const sorted = Object.fromEntries(Object.entries(modules).sort(([one], [other]) => (one < other ? -1 : 1)));
  return `${JSON.stringify({ lockVersion: VERSION, of: nameOf(files), modules: sorted }, undefined, 2)}\n`;
}

/** Writes the lock of a configuration as a whole: a process that starts meanwhile reads the old one or the new one. */
export async function writeLock(files: readonly string[], modules: LockedModules): Promise<void> {
  const path = lockFileOf(files);
  try {
    await writeFile(`${path}.new`, lockText(files, modules));
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new LigandError("LIGAND_LOCK_INVALID", `couldn't write the lock ${path}`, {
      cause,
      remedy: "Run `ligand lock` as a user who may write to the folder of the configuration.",
    });
  }
}

/** The lock of a configuration; without a value if it has none. */
export async function readLock(files: readonly string[]): Promise<Outcome<LockedModules>> {
  const path = lockFileOf(files);
  let text: string;
  try {
    text = (await readRegular(path)).toString();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { problems: [] };
    const remedy = "Let this process read the file.";
    return { problems: [problemOf("LIGAND_LOCK_INVALID", `the lock ${path} couldn't be read`, { cause, remedy })] };
  }
  const wrong = (fault: string, remedy?: string, cause?: unknown) => ({
    problems: [problemOf("LIGAND_LOCK_INVALID", `${path} ${fault}`, { remedy, cause })],
  });
  let lock: unknown;
  try {
    lock = JSON.parse(text);
  } catch (cause) {
    return wrong("isn't JSON", undefined, cause);
  }
  if (!isRecord(lock)) return wrong(`must be a lock, but it's ${describeFound(lock)}`);
  const { lockVersion, of, modules } = lock;
  if (typeof lockVersion === "number" && lockVersion > VERSION) {
    const remedy = "Update Ligand, or write the lock again with the version that runs.";
    return wrong(
      `was written by a newer version of Ligand (its lockVersion is ${lockVersion}, not ${VERSION})`,
      remedy,
    );
  }
  if (lockVersion !== VERSION) {
    return wrong(`must have the lockVersion ${VERSION}, but it's ${describeFound(lockVersion)}`);
  }
  if (of !== nameOf(files)) {
    return wrong(`must be the lock of ${nameOf(files)}, but \`of\` is ${describeFound(of)}`);
  }
  if (!isRecord(modules)) return wrong(`must list modules, but \`modules\` is ${describeFound(modules)}`);
  for (const [id, module] of Object.entries(modules)) {
    const fault = faultOf(module);
    if (fault) return wrong(`says of module ${id} what can't be: ${fault}`);
  }
  return { value: modules as LockedModules, problems: [] };
}

const STRINGS = ["module", "files", "dependencies"] as const;
const LISTS = ["unlocked", "hooks", "services", "webPaths", "loginTypes"] as const;

function faultOf(module: unknown): string | undefined {
  if (!isRecord(module)) return `it's ${describeFound(module)}`;
  const isString = (value: unknown) => typeof value === "string";
  const string = STRINGS.find((key) => !isString(module[key]));
  if (string) return `\`${string}\` must be a string`;
  if (module["package"] !== undefined && !isString(module["package"])) return "`package` must be a string";
  const list = LISTS.find((key) => !Array.isArray(module[key]) || !module[key].every(isString));
  return list && `\`${list}\` must be a list of strings`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a lock says that it's of: no path, so that it's the same in each checkout. */
function nameOf([first = ""]: readonly string[]): string {
  return basename(resolve(first));
}
