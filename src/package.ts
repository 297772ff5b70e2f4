// Everything that depends on where this package's files are: the one place to change when one of them moves.

/** The version in package.json, which isn't part of a bundle. */
export const VERSION = "0.1.0";

/** Undefined in a bundle of CommonJS. */
const HERE = import.meta.url as string | undefined;

/**
 * Whether a bundler put this file into another one: then the other files of the package aren't next to it. In the
 * published package, `bundle/` has the programs that `dist/` has.
 */
const IS_BUNDLED = !/\/(?:dist|bundle)\/package\.js$/.test(HERE ?? "");

/** Where this copy of the package is: its folder, or the bundle that it is part of. */
export const COPY: { readonly url: string; readonly isBundled: boolean } = {
  url: IS_BUNDLED ? (HERE ?? "a bundle") : new URL("../", HERE).href,
  isBundled: IS_BUNDLED,
};

/** A symbol that all copies of this version of the package share in one process. */
export function sharedSymbol(name: string): symbol {
  return Symbol.for(`ligand@${VERSION}:${name}`);
}

/** The folders of this package's code: what runs, and what its source maps point to. None if it is part of a bundle. */
export const OWN_FOLDERS: readonly string[] = ["./", "../src/"].flatMap((folder) => pathOf(folder) ?? []);

/** Whether a file, or a place in one, is of this package's code. */
export function isOwn(place: string): boolean {
  return OWN_FOLDERS.some((folder) => place.startsWith(folder));
}

/** The program of the process that `startIsolated` starts. */
export const ISOLATED_PROCESS = pathOf("./remote/module-side/isolated-process.js");

/** The program of the thread that watches the main thread. */
export const WATCH_THREAD = pathOf("./watch/watch-thread.js");

/** The program that parses a file, for the place of a syntax error. */
export const PARSER = pathOf("./modules/parse-graph.js");

/** Loads a dependency synchronously, on first use. */
export function requireHere(id: string): unknown {
  return makeRequire()(id);
}

/**
 * Finds a package as this one would import it.
 *
 * @throws when it isn't installed
 */
export function resolveHere(packageName: string): string {
  return HERE === undefined ? makeRequire().resolve(packageName) : import.meta.resolve(packageName);
}

function makeRequire(): NodeJS.Require {
  // Not imported, because the kernel imports this file and also runs where there's no `node:module`.
  return process.getBuiltinModule("node:module").createRequire(HERE ?? process.argv[1] ?? process.execPath);
}

/** The path of a `file:` URL. */
export function filePath(url: string): string {
  // On Windows, a drive letter follows where other systems have the first slash.
  return decodeURIComponent(url.replace(/^file:\/\//, "").replace(/^\/(?=[a-z]:)/i, ""));
}

/** The path of a file of this package; undefined in a bundle. */
function pathOf(file: string): string | undefined {
  return IS_BUNDLED ? undefined : filePath(new URL(file, HERE).href);
}
