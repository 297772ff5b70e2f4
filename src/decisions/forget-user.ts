import { constants } from "node:fs";
import { lstat, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ifThere } from "../errors/if-there.js";
import { LigandError } from "../errors/ligand-error.js";
import { escapeRegExp } from "../errors/escape-reg-exp.js";
import { freeName, fullFiles, rewrittenFiles, REWRITTEN } from "./kept-records.js";
import type { PersonalHash } from "./personal-hash.js";
import { openPrivate } from "./private-file.js";
import { FORGETTING, RecordClaim } from "./record-claim.js";
import { beganAt } from "./record-file.js";
import { linesOf } from "./record-lines.js";
import { finishReplacing, replaceTogether } from "./rewriting.js";

/** For so long a process may still write to a file that was set aside, in milliseconds. */
const STRAGGLING_MS = 1000;

/** What was removed. */
export interface Forgotten {
  /** How many records were about the user, or named them. */
  readonly removed: number;
  /** How many are left. */
  readonly kept: number;
  /** How many of these have hashes of another key: whether they name the user isn't known. */
  readonly foreign: number;
}

/**
 * Removes all records that name a user, whole or hashed: of all files, or of none if it fails. A process that records meanwhile
 * goes on in a new file.
 *
 * @param hash with the key of the records; undefined if there is none
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` for files that can't be rewritten; `LIGAND_ARGUMENT_INVALID` if there are none.
 */
export async function forgetUser(path: string, userId: string, hash: PersonalHash | undefined): Promise<Forgotten> {
  if (!(await lstat(dirname(resolve(path))).catch(() => undefined))) throw nothingAt(path);
  const claim = await RecordClaim.take(path, FORGETTING);
  try {
    await finishReplacing(path);
    // The process that records may set it aside meanwhile, because it's full.
    await ifThere(setAside(path));
    const files = await fullFiles(path);
    if (files.length === 0) throw nothingAt(path);
    const names = namesOf(userId, hash);
    const found = { removed: 0, kept: 0, foreign: 0 };
    try {
      for (const file of files) {
        const { removed, kept, foreign } = await rewriteIfThere(file.path, names, hash?.keyId);
        found.removed += removed;
        found.kept += kept;
        found.foreign += foreign;
      }
    } catch (error) {
      await Promise.all((await rewrittenFiles(path)).map((file) => rm(file.path, { force: true })));
      throw error;
    }
    await replaceTogether(path);
    return found;
  } finally {
    await claim.release();
  }
}

function nothingAt(path: string): LigandError {
  return new LigandError("LIGAND_ARGUMENT_INVALID", `there are no recorded decisions at ${resolve(path)}`, {
    remedy: "Name the file that decisions are recorded to.",
  });
}

/** The file that is written to is rewritten as others are, once nothing writes to it. */
async function setAside(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return;
  // What is no record isn't renamed.
  const file = await openPrivate(path, constants.O_RDONLY, "the record");
  await file.close();
  if (stats.size === 0) return;
  await rename(path, join(dirname(resolve(path)), await freeName(path, beganAt(stats))));
  await setTimeout(STRAGGLING_MS);
}

/** Finds the user in a line, by the id and the localpart alone, which registrations are about. */
function namesOf(userId: string, hash: PersonalHash | undefined): RegExp {
  const localpart = /^@([^:]*):/.exec(userId)?.[1] ?? "";
  const values = [userId, ...(localpart === "" ? [] : [localpart])];
  const alone = [
    ...values.map((value) => JSON.stringify(value)),
    ...values.flatMap((value) => (hash ? [JSON.stringify(hash.of(value))] : [])),
  ];
  // Within a string, as in a message: the id must not go on.
  const within = `${escapeRegExp(JSON.stringify(userId).slice(1, -1))}(?![\\w.:-]*\\w)`;
  return new RegExp([...alone.map(escapeRegExp), within].join("|"));
}

/** The key of a record stands behind everything that a module has made. */
const KEY = /,"key":"([\da-f]{12})"(?:,"truncated":\[[^\]]*\])?\}$/;

/** A process that records may delete a file meanwhile, for its age or the size of all. */
async function rewriteIfThere(path: string, names: RegExp, keyId: string | undefined): Promise<Forgotten> {
  try {
    return await rewrite(path, names, keyId);
  } catch (error) {
    if (await lstat(path).catch(() => undefined)) throw error;
    await rm(path + REWRITTEN, { force: true });
    return { removed: 0, kept: 0, foreign: 0 };
  }
}

/** Writes what is kept of a file beside it; nothing where all of it is. */
async function rewrite(path: string, names: RegExp, keyId: string | undefined): Promise<Forgotten> {
  for (;;) {
    const { size } = await lstat(path);
    const found = await writeKept(path, names, keyId);
    // A process that had the file open may have added to it.
    if ((await lstat(path)).size === size) return found;
  }
}

async function writeKept(path: string, names: RegExp, keyId: string | undefined): Promise<Forgotten> {
  const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;
  const next = path + REWRITTEN;
  await rm(next, { force: true });
  await (await openPrivate(path, O_RDONLY, "the record")).close();
  const to = await openPrivate(next, O_WRONLY | O_CREAT | O_EXCL, "the record");
  let [removed, kept, foreign] = [0, 0, 0];
  try {
    for await (const lines of linesOf([path])) {
      const left = lines.filter(({ text, isCut }) => {
        // No user can be found in what isn't a whole record.
        if (text === undefined || isCut || names.test(text)) return false;
        const [, key] = KEY.exec(text) ?? [];
        if (key !== undefined && key !== keyId) foreign++;
        return true;
      });
      kept += left.length;
      removed += lines.length - left.length;
      await to.writeFile(left.map(({ text }) => `${text}\n`).join(""));
    }
    await to.sync();
  } finally {
    await to.close();
  }
  if (removed === 0) await rm(next, { force: true });
  return { removed, kept, foreign };
}
