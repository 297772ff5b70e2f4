import { constants, createReadStream } from "node:fs";
import { lstat, rename, unlink, type FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { LigandError } from "../errors/ligand-error.js";
import { escapeRegExp } from "../errors/escape-reg-exp.js";
import { fullFiles, REWRITTEN, setAside } from "./kept-records.js";
import type { PersonalHash } from "./personal-hash.js";
import { openPrivate } from "./private-file.js";
import { RecordFile } from "./record-file.js";

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
 * Removes all records that name a user, whole or hashed. A process that records meanwhile goes on in a new file.
 *
 * @param hash with the key of the records; undefined if there is none
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` for files that can't be rewritten; `LIGAND_ARGUMENT_INVALID` if there are none.
 */
export async function forgetUser(path: string, userId: string, hash: PersonalHash | undefined): Promise<Forgotten> {
  await setCurrentAside(path);
  const files = await fullFiles(path);
  if (files.length === 0) {
    throw new LigandError("LIGAND_ARGUMENT_INVALID", `there are no recorded decisions at ${resolve(path)}`, {
      remedy: "Name the file that decisions are recorded to.",
    });
  }
  const names = namesOf(userId, hash);
  let [removed, kept, foreign] = [0, 0, 0];
  for (const file of files) {
    await rewrite(file.path, (line) => {
      if (names.test(line)) {
        removed++;
        return false;
      }
      kept++;
      const [, keyId] = KEY.exec(line) ?? [];
      if (keyId !== undefined && keyId !== hash?.keyId) foreign++;
      return true;
    });
  }
  return { removed, kept, foreign };
}

/** The file that is written to is rewritten as others are, once nothing writes to it. */
async function setCurrentAside(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return;
  const file = new RecordFile(path);
  await file.open();
  if (file.since === undefined) return file.close();
  await setAside(path, file);
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

async function rewrite(path: string, isKept: (line: string) => boolean): Promise<void> {
  const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;
  const next = `${path}${REWRITTEN}`;
  await unlink(next).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  const from = await openPrivate(path, O_RDONLY, "the record");
  let to: FileHandle | undefined;
  let [removed, kept] = [false, false];
  try {
    to = await openPrivate(next, O_WRONLY | O_CREAT | O_EXCL, "the record");
    const lines = createInterface({ input: createReadStream("", { fd: from, autoClose: false }), crlfDelay: Infinity });
    for await (const line of lines) {
      if (isKept(line)) {
        kept = true;
        await to.write(`${line}\n`);
      } else removed = true;
    }
    await to.sync();
  } finally {
    await from.close();
    await to?.close();
  }
  if (!removed) await unlink(next);
  else if (!kept) await Promise.all([unlink(next), unlink(path)]);
  else await rename(next, path);
}
