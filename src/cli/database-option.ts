import { InvalidArgumentError } from "commander";
import type { DatabaseOptions } from "../default-services/default-services.js";

/**
 * Reads `pglite:DIR`, `postgres:URL`, or `postgres:` alone for what the environment variables of libpq say.
 *
 * @throws {InvalidArgumentError} for another form.
 */
export function parseDatabase(text: string): DatabaseOptions {
  const colon = text.indexOf(":");
  const [engine, where] = [text.slice(0, colon), text.slice(colon + 1)];
  if (engine === "pglite" && where) return { engine, dataDir: where };
  if (engine === "postgres" && where === "") return { engine };
  if (engine === "postgres" && /^postgres(ql)?:\/\//.test(where)) return { engine, connectionString: where };
  throw new InvalidArgumentError("Expected pglite:DIRECTORY, or postgres:postgresql://USER@HOST/DATABASE.");
}
