import { readFile } from "node:fs/promises";
import { PasswordHash } from "./passwords.js";

/** A user of the file. */
export interface FileUser {
  readonly localpart: string;
  readonly password: PasswordHash;
  readonly emails: readonly string[];
  /** Passwords for single applications, by the name of the application. */
  readonly appPasswords: ReadonlyMap<string, PasswordHash>;
}

interface UserEntry {
  readonly password: string;
  readonly emails?: readonly string[];
  readonly app_passwords?: Readonly<Record<string, string>>;
}

/**
 * Reads a JSON file of users by localpart.
 *
 * @throws {TypeError} naming the user whose hash is malformed; an error of the file system or of JSON.
 */
export async function readUserFile(path: string): Promise<ReadonlyMap<string, FileUser>> {
  const entries = Object.entries(JSON.parse(await readFile(path, "utf8")) as Record<string, UserEntry>);
  return new Map(entries.map(([localpart, entry]) => [localpart, userOf(path, localpart, entry)]));
}

function userOf(path: string, localpart: string, { password, emails = [], app_passwords = {} }: UserEntry): FileUser {
  const hashOf = (what: string, text: unknown): PasswordHash => {
    const hash = PasswordHash.parse(text);
    if (!hash) throw new TypeError(`${path}: ${what} of ${localpart} is not a hash; make one with hash-password`);
    return hash;
  };
  return {
    localpart,
    password: hashOf("the password", password),
    emails,
    appPasswords: new Map(
      Object.entries(app_passwords).map(([app, text]) => [app, hashOf(`the password for ${app}`, text)]),
    ),
  };
}
