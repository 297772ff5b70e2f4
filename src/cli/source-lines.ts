import { readFile } from "node:fs/promises";
import stringWidth from "string-width";
import { isSecret } from "../config/describe-found.js";
import { parsePath } from "../config/config-path.js";
import type { Problem } from "../errors/problem.js";
import { REDACTED } from "../errors/redact.js";
import { redactText, urlPasswords } from "../errors/secrets.js";

/** The line of a configuration that a problem points at, safe to show. */
export interface SourceLine {
  readonly text: string;
  /** How many columns of a terminal come before the place. */
  readonly indent: number;
}

/** Finds the lines that problems point at. Reads each file once. */
export class SourceLines {
  /** @param width of the terminal, in columns */
  constructor(private readonly width = Infinity) {}

  readonly #files = new Map<string, Promise<readonly string[]>>();

  /** The line of a problem; `undefined` where it has no position, or the file can't be read again. */
  async of(problem: Problem): Promise<SourceLine | undefined> {
    if (!problem.position) return undefined;
    const { file, line, column } = problem.position;
    const lines = this.#files.get(file) ?? readLines(file);
    this.#files.set(file, lines);
    const text = (await lines)[line - 1];
    return text === undefined || text.trim() === "" ? undefined : showable(text, column - 1, problem, this.width);
  }
}

const LONGEST = 100;
const SHORTEST = 10;
const MARGIN = 9;
/** How much of a line before its place is scanned. */
const LONGEST_READ = 2000;

async function readLines(file: string): Promise<readonly string[]> {
  try {
    // Without a byte order mark, which columns do not count.
    return (await readFile(file, "utf8")).replace(/^\uFEFF/, "").split("\n");
  } catch {
    // The problem itself says what is wrong with the file; without its text there is only less to show.
    return [];
  }
}

/** Without values that may be secrets, without control characters, and not too long. */
function showable(whole: string, wholeColumn: number, problem: Problem, width: number): SourceLine {
  // Beside the line stand its number and what sets it off.
  const longest = Math.min(LONGEST, Math.max(width - String(problem.position!.line).length - MARGIN, SHORTEST));
  // What comes before the place is left out with what would tell whether it is secret.
  const from = wholeColumn > LONGEST_READ ? wholeColumn : 0;
  const line = whole.slice(from, from + 2 * LONGEST_READ);
  const column = wholeColumn - from;
  const { text: masked, place } = withoutSecrets(line, column, problem);
  const text = masked.trimEnd().replaceAll(/\p{Cc}/gu, " ");
  const shownBefore = Math.floor(0.6 * longest);
  const start = text.length > longest && place > shownBefore ? place - shownBefore : 0;
  const [before, after] = [start > 0 || from > 0 ? "…" : "", text.length > start + longest ? "…" : ""];
  return {
    text: before + text.slice(start, start + longest) + after,
    indent: stringWidth(before + text.slice(start, place)),
  };
}

/** A key and the space before its value; only after a quoted key may the value follow immediately. */
const KEY = /(?:"([^"]*)"\s*:|'([^']*)'\s*:|((?<![\p{L}\p{N}_.-])[\p{L}\p{N}_.-]+)\s*:(?=\s|$))\s*/gu;

/**
 * A line, each value in it that may be a secret written as `…`: the value of a secret's key, that of a key which is not
 * known, and the password of a URL. The place moves with what stands before it.
 */
function withoutSecrets(line: string, column: number, { code, path = "" }: Problem): { text: string; place: number } {
  const hidden: { key: number; start: number; end: number }[] = [];
  for (const { index, 0: text, 1: double, 2: single, 3: plain } of line.matchAll(KEY)) {
    const start = index + text.length;
    const isUnknown = code === "LIGAND_CONFIG_UNKNOWN_KEY" && start > column;
    // What looks like a key inside a value that is hidden is a part of it.
    if (start >= (hidden.at(-1)?.end ?? 0) && (isUnknown || isSecret([double ?? single ?? plain ?? ""]))) {
      hidden.push({ key: index, start, end: valueEnd(line, start) });
    }
  }
  for (const range of urlPasswords(line)) {
    if (!hidden.some(({ start, end }) => start <= range.start && range.end <= end))
      hidden.push({ key: range.start, ...range });
  }
  const isHidden = hidden.some(({ key, end }) => key <= column && column <= end);
  if (!isHidden && isSecret(parsePath(path))) hidden.push({ key: column, start: column, end: line.length });
  let text = "";
  let from = 0;
  let place = column;
  for (const { start, end } of hidden.toSorted((a, b) => a.start - b.start)) {
    if (start < from || line.slice(start, end).trim() === "") continue;
    text += `${line.slice(from, start)}…`;
    if (column >= end) place -= end - start - 1;
    else if (column > start) place -= column - start;
    from = end;
  }
  return withoutForms(text + line.slice(from), place);
}

/** What {@link redactText} knows by its form or its context, such as a token in a sentence. */
function withoutForms(line: string, place: number): { text: string; place: number } {
  const hidden = (part: string) => redactText(part).replaceAll(REDACTED, "…");
  const text = hidden(line);
  return text === line ? { text, place } : { text, place: Math.min(hidden(line.slice(0, place)).length, text.length) };
}

/**
 * Where the value that starts at an index ends: a string in quotes after the quote, a plain one inside `{…}` or `[…]`
 * before what ends it there, all else with the line. In doubt it is too much.
 */
function valueEnd(line: string, start: number): number {
  const value = line.slice(start);
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?=\s*(?:[,}\]]|$))/.exec(value);
  if (quoted) return start + quoted[0].length;
  const isInFlow = /[{[]/.test(line.slice(0, start));
  const plain = isInFlow ? /^[^\s,{}[\]"'&*!|>%@`#](?:[^,{}[\]"']*[^\s,{}[\]"'])?(?=\s*[,}\]])/.exec(value) : null;
  return plain ? start + plain[0].length : line.length;
}
