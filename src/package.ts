// Everything that depends on where this package's files are: the one place to change when it's bundled or moved.

/** This copy of the package, as loaded in this process; another copy has a different object. */
export const COPY: { readonly url: string } = { url: new URL("../", import.meta.url).href };

/** The folders of this package's code: what runs, and what its source maps point to. */
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

/** Loads a dependency synchronously, on first use. */
export function requireHere(id: string): unknown {
  // Not imported, because the kernel imports this file and also runs where there's no `node:module`.
  return process.getBuiltinModule("node:module").createRequire(import.meta.url)(id);
}

/** The path of a `file:` URL. */
export function filePath(url: string): string {
  // On Windows, a drive letter follows where other systems have the first slash.
  return decodeURIComponent(url.replace(/^file:\/\//, "").replace(/^\/(?=[a-z]:)/i, ""));
}
