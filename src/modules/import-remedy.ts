import { readFile } from "node:fs/promises";
import { isOfDecorator } from "../errors/error-place.js";
import { remedyOf } from "../errors/problem.js";
import { SET_EXPERIMENTAL } from "../hooks/decorator-use.js";

/**
 * What to do about a module whose import failed.
 *
 * @param url what was imported
 * @param place where a syntax error is, `file:line`
 */
export async function importRemedy(
  url: URL,
  cause: Error & { readonly code?: unknown },
  place: string | undefined,
): Promise<string> {
  const { code, message } = cause;
  if (code === "ERR_UNSUPPORTED_DIR_IMPORT" || (code === "ERR_MODULE_NOT_FOUND" && MISSING_FILE.test(message))) {
    return "Correct the import of the file that the cause names; it needs its extension, as in `./file.js`.";
  }
  if (code === "MODULE_NOT_FOUND" && MISSING_FILE.test(message)) {
    return "Correct the path of the file that the cause names.";
  }
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    return "Install the missing package; the cause names it.";
  }
  // Node strips types at most; it doesn't know decorators.
  if (/\.[cm]?tsx?$/.test(url.pathname)) return "Compile the module with TypeScript, and name the `.js` file.";
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") return "Name a JavaScript file: `.js`, `.mjs` or `.cjs`.";
  if (message.startsWith("Dynamic require of ")) return BUNDLED_WITHOUT_REQUIRE;
  if (cause instanceof SyntaxError && MODULE_SYNTAX.test(message)) {
    return 'Set `"type": "module"` in the package.json of the file, or name the file `.mjs`.';
  }
  if (cause instanceof TypeError && isOfDecorator(cause)) return SET_EXPERIMENTAL;
  if (cause instanceof SyntaxError && (await isAtDecorator(place))) return SET_EXPERIMENTAL;
  return remedyOf("LIGAND_MODULE_IMPORT_FAILED", cause);
}

/** Node names files by their paths, and packages by their names. */
const MISSING_FILE = /^Cannot find module '(?:\.{0,2}[\\/]|[a-z]:[\\/]|file:)/i;
/** What V8 says of it in a CommonJS file. */
const MODULE_SYNTAX = /^Cannot use import statement outside a module|^Unexpected token 'export'/;
const BUNDLED_WITHOUT_REQUIRE =
  "Bundle the module as CommonJS (esbuild: `--format=cjs`), or leave the packages out of it (`--packages=external`).";

/** Whether a syntax error is one of a decorator that no compiler has replaced: JavaScript has none. */
async function isAtDecorator(place: string | undefined): Promise<boolean> {
  const [, file, line] = /^(.+):(\d+)$/.exec(place ?? "") ?? [];
  if (file === undefined) return false;
  // A source map may name a file that isn't there.
  const text = await readFile(file, "utf8").catch(() => "");
  return /^\s*@/.test(text.split("\n")[Number(line) - 1] ?? "");
}
