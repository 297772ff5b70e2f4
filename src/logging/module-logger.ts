import type { Logger } from "winston";
import { deferredLogger } from "./deferred-logger.js";
import type { LogLevel } from "./log-levels.js";

/**
 * A module's logger: it writes where `root` writes, and adds the module's id to each line as `module`.
 *
 * @param root Ligand's logger, or the host's own winston logger.
 */
export function moduleLogger(root: Logger, info: { readonly id: string }): Logger {
  const own: Logger = deferredLogger(() =>
    derive(root, info, () => (Object.hasOwn(own, "level") ? own.level : undefined)),
  );
  return own;
}

/** @param ownLevel the least urgent level of the module's own, if it has one */
function derive(root: Logger, info: { readonly id: string }, ownLevel: () => string | undefined): Logger {
  const logger = root.child({ module: info.id });
  const write = (line: object) => {
    const level = ownLevel();
    const leveled = level === undefined ? line : atLevel(line, level, root);
    // A logger of the host's would format the line, and redact its secrets, before its transports drop it.
    if (leveled === undefined || !isWritten(leveled, root)) return true;
    // In winston, a line's data overrides that of its logger: a line could pose as another module's.
    return logger.write(withoutReserved(leveled));
  };
  return Object.create(logger, { write: { value: write } }) as Logger;
}

/** Sets the least urgent level of a module's lines that are written; without it, that of the root. */
export function setModuleLevel(logger: Logger, level: LogLevel | undefined): void {
  if (level !== undefined) Object.defineProperty(logger, "level", { value: level, configurable: true, writable: true });
  else Reflect.deleteProperty(logger, "level");
}

/** The key of a line by which winston's transports decide whether to write it. */
const LEVEL = Symbol.for("level");

/**
 * A line, if a level lets it through. Transports compare it with the level of the root: one that the root would not write
 * goes by the root's own level. What it says of itself stays.
 */
function atLevel(line: object, level: string, root: Logger): object | undefined {
  const levels = root.levels as Readonly<Record<string, number | undefined>>;
  const written = levels[(line as { readonly [LEVEL]?: string })[LEVEL] ?? ""];
  const least = levels[level];
  // A logger of the host's may have other levels.
  if (written === undefined || least === undefined) return line;
  if (written > least) return undefined;
  return written > (levels[root.level] ?? written) ? withMembers(line, { [LEVEL]: root.level }) : line;
}

/** Whether a transport writes a line. */
export function isWritten(line: object, root: Logger): boolean {
  return (
    root.isLevelEnabled((line as { readonly [LEVEL]?: string })[LEVEL] ?? "") || root.transports.some(writesEverything)
  );
}

/** A transport without a level has that of its logger, but only until it's taken away: added again, it has none. */
function writesEverything({ level, parent }: { readonly level?: string; readonly parent?: unknown }): boolean {
  return !level && parent === null;
}

/** Keys that identify a line; its data must not override them. */
const RESERVED = ["module", "timestamp"];

/** Renames the data that would override those keys. */
function withoutReserved(line: object): object {
  if (!RESERVED.some((name) => name in line)) return line;
  // An error stays an error: formats look for its stack.
  const copy = Object.create(Object.getPrototypeOf(line) as object | null) as Record<PropertyKey, unknown>;
  for (const key of Reflect.ownKeys(line)) {
    const name = typeof key === "string" && RESERVED.includes(key) ? `_${key}` : key;
    copy[name] = (line as Record<PropertyKey, unknown>)[key];
  }
  return copy;
}

/** The same line with other members. */
function withMembers(line: object, members: object): object {
  const prototype = Object.getPrototypeOf(line) as object | null;
  const copy = Object.create(prototype, Object.getOwnPropertyDescriptors(line)) as object;
  // Since Node 21 the stack of an error is computed, for that object alone.
  if (line instanceof Error) Object.defineProperty(copy, "stack", { value: line.stack, configurable: true });
  return Object.assign(copy, members);
}
