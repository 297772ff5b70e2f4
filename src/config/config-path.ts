import type { Position, Problem } from "../errors/problem.js";

/** The path from a value to one inside it: a string is a key of a mapping, a number a place in a list. @public */
export type ConfigPath = readonly (string | number)[];

/**
 * Where the key or the value at a path is written; the nearest enclosing value if there's nothing at the path.
 *
 * @public
 */
export type Locate = (path: ConfigPath, what: "key" | "value") => Position | undefined;

/** Where a problem is, for a place in a configuration: its position, if it is written in a file, and its path. */
export type PlaceOf = (path: ConfigPath, what: "key" | "value") => Partial<Pick<Problem, "position" | "path">>;

/** The places in a configuration value whose own path is `start`, such as `modules[1].config`. */
export function placesIn(locate: Locate, start: string): PlaceOf {
  return (path, what) => {
    const position = locate(path, what);
    return { ...(position && { position }), path: formatPath(start, path) };
  };
}

/** A path as a string, prefixed by where it starts: `modules[1].config.rules[0].pattern`. */
export function formatPath(start: string, path: ConfigPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text ? `${text}.${segment}` : segment;
  }, start);
}

/** A path that an author wrote as a string (`rules[0].pattern`, `a.b`) or as segments. */
export function parsePath(path: string | ConfigPath): ConfigPath {
  if (typeof path !== "string") return path;
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([segment, index]) => (index ? Number(index) : segment));
}
