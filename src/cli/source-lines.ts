import { readFile } from "node:fs/promises";
import stringWidth from "string-width";
import { isSecret } from "../config/found.js";
import { parsePath } from "../config/config-path.js";
import type { Problem } from "../errors/problem.js";

/** The line of a configuration that a problem points at, fit to be shown. */
export interface SourceLine {
  readonly text: string;
  /** How many columns of a terminal come before the place. */
  readonly indent: number;
}

/** Finds the lines that problems point at. Reads each file once. */
export class SourceLines {
  readonly #files = new Map<string, Promise<readonly string[]>>();

  /** The line of a problem; `undefined` where it has no position, or the file cannot be read again. */
  async of(problem: Problem): Promise<SourceLine | undefined> {
    if (!problem.position) return undefined;
    const { file, line, column } = problem.position;
    const lines = this.#files.get(file) ?? readLines(file);
    this.#files.set(file, lines);
    const text = (await lines)[line - 1];
    return text === undefined || text.trim() === "" ? undefined : showable(text, column - 1, problem);
  }
}

const LONGEST = 100;
const BEFORE = 60;

async function readLines(file: string): Promise<readonly string[]> {
  try {
    // Without a byte order mark, which columns do not count.
    return (await readFile(file, "utf8")).replace(/^\uFEFF/, "").split("\n");
  } catch {
    // The problem itself says what is wrong with the file; without its text there is only less to show.
    return [];
  }
}

/** Without values that may be secrets, without characters that a terminal would obey, and not too long. */
function showable(line: string, place: number, problem: Problem): SourceLine {
  const text = withoutSecrets(line, place, problem)
    .trimEnd()
    .replaceAll(/\p{Cc}/gu, " ");
  const start = text.length > LONGEST && place > BEFORE ? place - BEFORE : 0;
  const [before, after] = [start > 0 ? "…" : "", text.length > start + LONGEST ? "…" : ""];
  return {
    text: before + text.slice(start, start + LONGEST) + after,
    indent: stringWidth(before + text.slice(start, place)),
  };
}

/** A key and the space before its value; only after a quoted key may the value follow at once. */
const KEY = /(?:"([^"]*)"\s*:|'([^']*)'\s*:|([\p{L}\p{N}_.-]+)\s*:(?=\s|$))\s*/gu;

/** A line without what may be a secret: the value of a secret's key, and that of a key which is not known. */
function withoutSecrets(line: string, place: number, { code, path = "" }: Problem): string {
  for (const { index, 0: text, 1: double, 2: single, 3: plain } of line.matchAll(KEY)) {
    const end = index + text.length;
    const isUnknown = code === "LIGAND_CONFIG_UNKNOWN_KEY" && end > place;
    if (isUnknown || isSecret([double ?? single ?? plain ?? ""])) return hideFrom(line, end);
  }
  return isSecret(parsePath(path)) ? hideFrom(line, place) : line;
}

function hideFrom(line: string, index: number): string {
  return line.slice(index).trim() === "" ? line : `${line.slice(0, index)}…`;
}
