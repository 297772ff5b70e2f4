import type { Manifest } from "./manifest.js";

/** What npm packs whatever `files` says. */
const ALWAYS = /^(package\.json|(readme|copying|license|licence)(\.[^/]*)?)$/i;

/**
 * Which files of a package npm packs, by its `files`: a linked package then has the files that it has once installed.
 * All files where `files` is missing.
 */
export function publishedFiles({ files, main, bin }: Manifest): (path: string) => boolean {
  if (!Array.isArray(files)) return () => true;
  const patterns = files
    .filter((pattern) => typeof pattern === "string")
    .map((pattern) => {
      const isNegative = pattern.startsWith("!");
      return { isNegative, names: patternOf(isNegative ? pattern.slice(1) : pattern) };
    });
  const programs = typeof bin === "object" && bin !== null ? Object.values(bin) : [bin];
  const named = [main, ...programs].flatMap((path) => (typeof path === "string" ? [plain(path)] : []));
  return (path) => {
    if (ALWAYS.test(path) || named.includes(path)) return true;
    let isPacked = false;
    for (const { isNegative, names } of patterns) if (names.test(path)) isPacked = !isNegative;
    return isPacked;
  };
}

/** Matches the files that a pattern names, and those in the folders that it names. */
function patternOf(pattern: string): RegExp {
  const source = plain(pattern)
    .split(/(\*\*\/?|\*|\?)/)
    .map((part) => GLOBS[part] ?? part.replace(/[\\^$.|+()[\]{}]/g, "\\$&"))
    .join("");
  return new RegExp(`^${source}(/|$)`);
}

const GLOBS: Readonly<Record<string, string>> = { "**/": "(.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };

function plain(path: string): string {
  return path.replace(/^(\.?\/)+|^\.$/, "").replace(/\/+$/, "") || "**";
}
