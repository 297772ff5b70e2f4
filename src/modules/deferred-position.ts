import { basename, join } from "node:path";
import type { ConfigPath, Locate } from "../config/config-path.js";
import type { Position, Problem } from "../errors/problem.js";

// A process of modules doesn't have the text of the configuration: where the parts of an entry are written is looked up in
// the process that has it.

/**
 * Positions in an entry that are looked up later.
 *
 * @param entry its place among the entries of the process
 * @param directory the folder of the configuration file: files that a config names are found from there
 */
export function deferredIn(entry: number, directory: string): Locate {
  return (path, what) => ({
    file: join(directory, encodeURIComponent(JSON.stringify([path, what]))),
    line: -1,
    column: entry,
  });
}

/** A problem whose position, if it was deferred, is looked up. @param locate by the place of the entry */
export function withPosition<P extends Pick<Problem, "position">>(problem: P, locate: (entry: number) => Locate): P {
  const { position, ...others } = problem;
  if (position?.line !== -1) return problem;
  const [path, what] = JSON.parse(decodeURIComponent(basename(position.file))) as [ConfigPath, "key" | "value"];
  const found: Position | undefined = locate(position.column)(path, what);
  return { ...others, ...(found && { position: found }) } as P;
}
