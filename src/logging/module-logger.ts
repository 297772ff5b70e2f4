import type { Logger } from "winston";

/**
 * The logger that a module receives: it writes where `root` writes, and each line carries the module's id as `module`.
 *
 * @param root Ligand's logger or a winston logger of the host's own.
 */
export function moduleLogger(root: Logger, info: { readonly id: string }): Logger {
  const logger = root.child({ module: info.id });
  // Winston lets the data of a line stand over that of its logger: with it, a line could pass for another module's.
  const write = (line: object) => logger.write(withoutReserved(line));
  return Object.create(logger, { write: { value: write } }) as Logger;
}

/** What a line says of itself, and its data must not. */
const RESERVED = ["module", "timestamp"];

/** A line whose data has other names for what is not its to say. */
function withoutReserved(line: object): object {
  if (!RESERVED.some((name) => name in line)) return line;
  // An error stays one: formats look for its stack.
  const copy = Object.create(Object.getPrototypeOf(line) as object | null) as Record<PropertyKey, unknown>;
  for (const key of Reflect.ownKeys(line)) {
    const name = typeof key === "string" && RESERVED.includes(key) ? `_${key}` : key;
    copy[name] = (line as Record<PropertyKey, unknown>)[key];
  }
  return copy;
}
