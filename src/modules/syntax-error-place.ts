import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { errorPlace } from "../errors/error-place.js";
import { filePath, PARSER } from "../package.js";

const LONGEST_WAIT = 10_000;

/**
 * Where a syntax error is that kept a file from being imported, `file:line`. Undefined where Node doesn't say, and for errors
 * of code that ran, such as `JSON.parse`.
 *
 * @param url what was imported
 */
export async function syntaxErrorPlace(error: Error, url: URL): Promise<string | undefined> {
  if (!(error instanceof SyntaxError)) return undefined;
  // Of CommonJS, and of imports that have no such export, the stack says it before the message.
  const [, start, line = ""] = /^((?:file:\/\/)?\/.+)(:\d+)$/m.exec(error.stack ?? "") ?? [];
  if (start !== undefined) return (start.startsWith("file:") ? filePath(start) : start) + line;
  if (errorPlace(error) !== undefined) return undefined;
  return url.protocol === "file:" && /\.m?js$/.test(url.pathname) ? parsedPlace(url) : undefined;
}

/** Parses the file again in another process: V8 says the place of such an error only to Node, which writes it as it ends. */
async function parsedPlace(url: URL): Promise<string | undefined> {
  if (PARSER === undefined) return undefined;
  const args = ["--experimental-vm-modules", "--no-warnings", PARSER, url.href];
  const options = { timeout: LONGEST_WAIT, env: { ...process.env, NODE_OPTIONS: "", NODE_V8_COVERAGE: "" } };
  try {
    await promisify(execFile)(process.execPath, args, options);
    return undefined;
  } catch (thrown) {
    // Without a place the report has only less to show.
    return /^(\/.+:\d+)\r?\n/.exec(String((thrown as { stderr?: unknown }).stderr))?.[1];
  }
}
