import { open } from "node:fs/promises";
import { constants } from "node:fs";
import { resolve } from "node:path";
import type { ErrorCode } from "../../errors/catalogue.js";
import { problemOf, type Problem } from "../../errors/problem.js";
import { hideSecret } from "../../errors/secrets.js";
import type { ConfigPath, PlaceOf } from "../config-path.js";
import { contrast, declareSecretKey } from "../describe-found.js";
import { configClasses } from "./config-keys.js";
import type { Newable } from "inversify";
import type { ConfigInstance } from "./config-instances.js";
import { keyOf } from "./transformer-metadata.js";
import { pathKeyOf, secretProperties } from "./secret.js";

/** A secret of a config that is given as a file. */
interface SecretFile {
  readonly instance: Record<string, unknown>;
  readonly property: string;
  readonly key: string;
  /** The way to the key that names the file. */
  readonly path: ConfigPath;
  readonly file: unknown;
  /** Whether the secret is given as well. */
  readonly isTwofold: boolean;
}

/** A secret that could not be read: the way to its key, and why. */
export interface FailedSecret {
  readonly path: ConfigPath;
  readonly problem: Problem;
}

/** The largest file of a secret that is read, in bytes. */
const MAX_BYTES = 65_536;

/**
 * Reads the secrets of a config that are in files into its instances, and has all its secrets hidden.
 *
 * @param raw what the configuration says
 * @param directory where relative paths start
 */
export async function readSecrets(
  instances: readonly ConfigInstance[],
  raw: object,
  directory: () => string,
  at: PlaceOf,
): Promise<FailedSecret[]> {
  const failed: FailedSecret[] = [];
  for (const secret of secretFiles(instances, raw)) {
    const problem = await readSecret(secret, directory(), at);
    if (problem) failed.push({ path: [...secret.path.slice(0, -1), secret.key], problem });
  }
  for (const { Class, instance } of instances) {
    for (const property of secretProperties(Class)) {
      const value = instance[property];
      if (typeof value === "string") hideSecret(value);
    }
  }
  return failed;
}

/** Has no message show the values of keys that are secrets, in a config of this class. */
export function declareSecrets(Class: Newable<object>): void {
  for (const type of configClasses(Class)) {
    for (const property of secretProperties(type)) declareSecretKey(keyOf(type, property));
  }
}

function secretFiles(instances: readonly ConfigInstance[], raw: object): SecretFile[] {
  return instances.flatMap(({ Class, instance, path }) => {
    const secrets = [...secretProperties(Class)];
    const written = secrets.length > 0 ? valueAt(raw, path) : undefined;
    return secrets.flatMap((property) => {
      const key = keyOf(Class, property);
      const file = written?.[pathKeyOf(key)];
      if (file === undefined || file === null) return [];
      const isTwofold = written![key] !== undefined && written![key] !== null;
      return [
        {
          instance: instance as Record<string, unknown>,
          property,
          key,
          path: [...path, pathKeyOf(key)],
          file,
          isTwofold,
        },
      ];
    });
  });
}

function valueAt(raw: object, path: ConfigPath): Record<string, unknown> | undefined {
  let value: unknown = raw;
  for (const segment of path) {
    value =
      typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[segment] : undefined;
  }
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** Puts a secret where a key would have put it, or says why that can't be done. */
async function readSecret(secret: SecretFile, directory: string, at: PlaceOf): Promise<Problem | undefined> {
  const { instance, property, key, path, file, isTwofold } = secret;
  const failed = (code: ErrorCode, message: string, remedy?: string, cause?: unknown) =>
    problemOf(code, message, { ...at(path, "value"), remedy, cause });
  if (isTwofold) {
    const problem = `\`${key}\` and \`${pathKeyOf(key)}\` are both given`;
    return problemOf("LIGAND_CONFIG_INVALID", problem, { ...at(path, "key"), remedy: "Remove one of the two." });
  }
  if (typeof file !== "string" || file.trim() === "") {
    const message = contrast(`must be the path of a file that holds \`${key}\``, file, path);
    return failed("LIGAND_CONFIG_TYPE", message, "Write the path as a string.");
  }
  const where = resolve(directory, file);
  try {
    const text = (await readRegularFile(where)).trim();
    if (text === "") {
      return failed(
        "LIGAND_CONFIG_INVALID",
        `the file \`${where}\` is empty; it must hold \`${key}\``,
        "Write the secret into the file.",
      );
    }
    instance[property] = text;
    return undefined;
  } catch (cause) {
    return failed(
      "LIGAND_CONFIG_UNREADABLE",
      `the file \`${where}\`, which must hold \`${key}\`, couldn't be read`,
      file.startsWith("~") ? "Write the whole path: `~` isn't filled in." : undefined,
      cause,
    );
  }
}

async function readRegularFile(path: string): Promise<string> {
  // A named pipe would block until a program writes to it.
  await using handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const { size } = await handle.stat().then((found) => (found.isFile() ? found : notRegular()));
  if (size > MAX_BYTES) throw new Error(`the file has more than ${MAX_BYTES} bytes`);
  return await handle.readFile("utf8");
}

function notRegular(): never {
  throw new Error("it isn't a regular file");
}
