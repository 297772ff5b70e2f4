import type { DatabaseOptions } from "../default-services/default-services.js";
import { UsageError } from "./usage-error.js";

/**
 * Reads `pglite:DIR`, `postgres:URL`, or `postgres:` alone for what the environment variables of libpq say.
 *
 * @throws {UsageError} for another form. It does not show the value, which may have a password.
 */
export function parseDatabase(text: string): DatabaseOptions {
  const colon = text.indexOf(":");
  const [engine, where] = [text.slice(0, colon), text.slice(colon + 1)];
  if (engine === "pglite" && where) return { engine, dataDir: where };
  if (engine === "postgres" && where === "") return { engine };
  if (engine === "postgres" && /^postgres(ql)?:\/\//.test(where)) return { engine, connectionString: where };
  throw new UsageError(
    "option '--database <where>' has an invalid argument. Expected pglite:DIRECTORY, or postgres:postgresql://USER@HOST/DATABASE.",
  );
}
