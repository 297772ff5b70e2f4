import { createHash, createHmac, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, lstat, mkdir, unlink } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { LigandError } from "../errors/ligand-error.js";
import { isThere, openPrivate } from "./private-file.js";

const KEY_BYTES = 32;
/** So many hashes are kept: an HMAC takes longer than the rest of a value. */
const MOST_KEPT = 10_000;

/** Hashes what says who or where someone is: with the key, a user can be looked for; without it, equal ones can be counted. */
export class PersonalHash {
  /** Names the key, and says nothing else of it. */
  readonly keyId: string;
  readonly #known = new Map<string, string>();

  constructor(private readonly key: Buffer) {
    this.keyId = createHash("sha256").update("ligand:key-id:").update(key).digest("hex").slice(0, 12);
  }

  /** With a key that no one keeps. */
  static ephemeral(): PersonalHash {
    return new PersonalHash(randomBytes(KEY_BYTES));
  }

  readonly of = (text: string): string => {
    let hash = this.#known.get(text);
    if (hash === undefined) {
      hash = `h:${createHmac("sha256", this.key).update(text).digest("base64url").slice(0, 22)}`;
      if (this.#known.size >= MOST_KEPT) this.#known.clear();
      this.#known.set(text, hash);
    }
    return hash;
  };
}

/** Where the key of records is: beside their folder and not in it, unless it's named. */
export function keyFileOf(recordFile: string, named?: string): string {
  return named ?? `${dirname(resolve(recordFile))}.key`;
}

/**
 * The key of records that are there: the one that is named, or the one where Ligand puts it. Undefined where there is none, as
 * for records without hashes.
 *
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if there is one that can't be used, or none at the name.
 */
export async function keyOfRecord(recordFile: string, named?: string): Promise<PersonalHash | undefined> {
  const file = keyFileOf(recordFile, named);
  return named !== undefined || (await isThere(file)) ? readKey(file, recordFile, false) : undefined;
}

/**
 * Reads the key of a record's hashes.
 *
 * @param make whether it's made where there is none
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if others may read it, if it's in the folder of the records, or if it's none.
 */
export async function readKey(keyFile: string, recordFile: string, make: boolean): Promise<PersonalHash> {
  const folder = dirname(resolve(recordFile));
  if (!relative(folder, resolve(keyFile)).startsWith("..")) {
    throw new LigandError("LIGAND_RECORD_UNUSABLE", `the key ${keyFile} is in the folder of the records`, {
      remedy: "Keep it elsewhere: a copy of the records must not have the key with it.",
    });
  }
  try {
    const isMissing = make && (await lstat(keyFile).catch(() => undefined)) === undefined;
    const made = isMissing ? await makeKey(keyFile) : undefined;
    return made ?? new PersonalHash(await existingKey(keyFile));
  } catch (cause) {
    if (cause instanceof LigandError) throw cause;
    throw new LigandError("LIGAND_RECORD_UNUSABLE", `the key ${keyFile} can't be used`, {
      cause,
      remedy: make
        ? "Name a file that this process may read and make."
        : "Name the key that the decisions were recorded with; this process must be able to read it.",
    });
  }
}

/** Undefined if there is a file already. Who reads it meanwhile finds a whole key, or none. */
async function makeKey(keyFile: string): Promise<PersonalHash | undefined> {
  await mkdir(dirname(resolve(keyFile)), { recursive: true });
  const key = randomBytes(KEY_BYTES);
  const unnamed = `${keyFile}.${randomBytes(6).toString("hex")}`;
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const handle = await openPrivate(unnamed, O_WRONLY | O_CREAT | O_EXCL, "the key");
  try {
    await handle.writeFile(`${key.toString("base64url")}\n`);
    await handle.sync();
    await link(unnamed, keyFile);
    return new PersonalHash(key);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  } finally {
    await handle.close();
    await unlink(unnamed);
  }
}

async function existingKey(keyFile: string): Promise<Buffer> {
  const handle = await openPrivate(keyFile, constants.O_RDONLY, "the key");
  try {
    const key = Buffer.from((await handle.readFile("utf8")).trim(), "base64url");
    if (key.length === KEY_BYTES) return key;
  } finally {
    await handle.close();
  }
  throw new LigandError("LIGAND_RECORD_UNUSABLE", `${keyFile} isn't a key that Ligand made`, {
    remedy: "Name another file: Ligand makes one. A new key can't find users in older records.",
  });
}
