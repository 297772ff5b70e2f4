// Everything that depends on where the files of this package lie: the one place to change when it is bundled or moved.

/** This copy of the package, as loaded in this process; another copy has an object of its own. */
export const COPY: { readonly url: string } = { url: new URL("../", import.meta.url).href };

/** The folders of this package's code: what runs, and what its source maps name. */
export const OWN_FOLDERS: readonly string[] = ["./", "../src/"].map((folder) =>
  filePath(new URL(folder, import.meta.url).href),
);

/** The program of the process that `startIsolated` starts. */
export const ISOLATED_PROCESS = filePath(new URL("./remote/module-side/isolated-process.js", import.meta.url).href);

/** The program of the thread that watches the main thread. */
export const WATCH_THREAD = filePath(new URL("./watch/watch-thread.js", import.meta.url).href);

/** The version in package.json. */
export function packageVersion(): string {
  return (requireHere("../package.json") as { version: string }).version;
}

/** Loads a dependency synchronously, where it is first needed. */
export function requireHere(id: string): unknown {
  // Not imported: the kernel imports this file, and it runs where there is no `node:module`.
  return process.getBuiltinModule("node:module").createRequire(import.meta.url)(id);
}

/** The path of a `file:` URL. */
export function filePath(url: string): string {
  // On Windows a drive stands where the first slash does elsewhere.
  return decodeURIComponent(url.replace(/^file:\/\//, "").replace(/^\/(?=[a-z]:)/i, ""));
}
