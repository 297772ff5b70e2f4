import { InvalidArgumentError } from "commander";
import type { DatabaseOptions } from "../default-services/default-services.js";
import { LigandError } from "../errors/ligand-error.js";
import { parseInspectorAddress } from "../inspector/guards/inspector-address.js";
import { durationMs } from "../options/duration.js";
import { parseControlAddress, parseListenAddress, parseSocketAddress } from "../remote/wire/listen-address.js";

/**
 * A command was called wrongly. Beside commander's `InvalidArgumentError`, with which commander shows the argument: this one
 * is for arguments that may be secrets.
 */
export class UsageError extends Error {}

/** Parses an option that says where to listen. @throws {InvalidArgumentError} */
export const listenOption = checkedBy(parseListenAddress);
/** Like {@link listenOption}, but without sockets that the parent process left open. */
export const healthOption = checkedBy(parseSocketAddress);

/** Parses an option that names a Unix socket. */
export const controlOption = checkedBy(parseControlAddress);

/** Parses a path. */
export function pathOption(text: string): string {
  if (text === "") throw new InvalidArgumentError("Expected a path that isn't empty.");
  return text;
}

/** Parses where the inspector listens: other machines may reach it. */
export const inspectorOption = checkedBy(parseInspectorAddress);

function checkedBy(parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    try {
      parse(text);
      return text;
    } catch (error) {
      if (error instanceof LigandError) throw new InvalidArgumentError(`${error.message}. ${error.remedy}`);
      throw error;
    }
  };
}

/** Parses `--blocked-limit`: milliseconds, 0 for never. @throws {InvalidArgumentError} */
export function blockedLimitOption(text: string): number {
  return text === "off" ? 0 : timeOption("500ms, 10s or 1m; or off")(text);
}

/** Parses a time with its unit, in milliseconds. @param examples what to write */
export function timeOption(examples: string): (text: string) => number {
  return (text) => {
    const ms = durationMs(text);
    if (ms !== undefined && ms > 0) return ms;
    throw new InvalidArgumentError(`Expected a time with its unit, such as ${examples}.`);
  };
}

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

/** The values of an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
