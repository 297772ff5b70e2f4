import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Outcome } from "../errors/outcome.js";
import { problemOf } from "../errors/problem.js";

/** The largest accepted configuration file, in bytes. */
export const MAX_BYTES = 4 * 1024 * 1024;

/** The text of a configuration file. */
export async function readText(file: string): Promise<Outcome<string>> {
  try {
    await using handle = await openText(file);
    // One byte more than is accepted: a device or a pipe does not say how long it is.
    const bytes = await buffer(handle.createReadStream({ end: MAX_BYTES, autoClose: false }));
    return decode(bytes, file);
  } catch (cause) {
    const where = isAbsolute(file) ? "" : ` (looked for ${resolve(file)})`;
    const message = `the configuration file \`${file}\` couldn't be read${where}`;
    return { problems: [problemOf("LIGAND_CONFIG_UNREADABLE", message, { cause })] };
  }
}

/** What a shell passes to a command: `<(…)` and the standard input. */
const PASSED = /^\/(?:dev\/(?:stdin$|fd\/)|proc\/(?:self|\d+)\/fd\/)/;

/** Where the paths in a file start: in its folder, or where the command runs. */
export function folderOf(file: string): string {
  const path = resolve(file);
  return PASSED.test(path) ? process.cwd() : dirname(path);
}

/** Opening a named pipe, or reading it, would wait for a program that writes to it. */
async function openText(file: string): Promise<FileHandle> {
  if (PASSED.test(resolve(file))) return open(file);
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if (!(await handle.stat()).isFIFO()) return handle;
  await handle.close();
  throw new Error("it's a named pipe");
}

/** Bytes as text, without a byte order mark, if they are UTF-8. */
export function decode(bytes: Uint8Array, file: string): Outcome<string> {
  if (bytes.length > MAX_BYTES) {
    const position = { file, line: 1, column: 1 };
    return {
      problems: [problemOf("LIGAND_CONFIG_TOO_LARGE", `the file has more than ${MAX_BYTES} bytes`, { position })],
    };
  }
  const text = new TextDecoder().decode(bytes);
  if (isUtf16(bytes)) {
    const position = { file, line: 1, column: 1 };
    const remedy = "Save the file as UTF-8.";
    return { problems: [problemOf("LIGAND_CONFIG_SYNTAX", "the file is UTF-16 text", { position, remedy })] };
  }
  if (!isUtf8(bytes)) {
    const position = { file, ...lineAndColumn(text, invalidIndex(bytes)) };
    const remedy = "Save the file as UTF-8.";
    return { problems: [problemOf("LIGAND_CONFIG_SYNTAX", "the file isn't UTF-8 text", { position, remedy })] };
  }
  return checkCharacters(text, file);
}

/** The text itself, unless it has characters that YAML forbids. */
export function checkCharacters(text: string, file: string): Outcome<string> {
  // Without its byte order mark, so that columns count what an editor shows.
  const content = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const index = content.search(/[\0-\x08\x0B\x0C\x0E-\x1F\x7F\uFFFE\uFFFF]/);
  if (index < 0) return checkLineEnds(content, file);
  const code = content.charCodeAt(index).toString(16).toUpperCase().padStart(4, "0");
  const message = `the file has the control character U+${code}, which YAML forbids`;
  return {
    problems: [
      problemOf("LIGAND_CONFIG_SYNTAX", message, {
        position: { file, ...lineAndColumn(content, index) },
        remedy: "Remove the character. Inside double quotes you can write it as an escape, such as `\\0`.",
      }),
    ],
  };
}

/** The parser takes a carriage return alone for a part of the line, so what follows a comment would be one, too. */
function checkLineEnds(content: string, file: string): Outcome<string> {
  const index = content.search(/\r(?!\n)/);
  if (index < 0) return { value: content, problems: [] };
  const message = "a line ends with a carriage return (CR) without a line feed (LF)";
  const position = { file, ...lineAndColumn(content, index) };
  const remedy = "Save the file with the line ends of Unix (LF) or Windows (CRLF).";
  return { problems: [problemOf("LIGAND_CONFIG_SYNTAX", message, { position, remedy })] };
}

/** What editors and shells of Windows write: with a mark, or as a letter with a zero byte beside it. */
function isUtf16([first, second, third, fourth]: Uint8Array): boolean {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return (first === 0 && third === 0 && !!second && !!fourth) || (second === 0 && fourth === 0 && !!first && !!third);
}

/** Where the bytes stop being UTF-8: the index, in the decoded text, of the first wrong character. */
function invalidIndex(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = Math.floor((valid + invalid) / 2);
    if (isUtf8(bytes.subarray(0, wholeCharacters(bytes, middle)))) valid = middle;
    else invalid = middle;
  }
  return new TextDecoder().decode(bytes.subarray(0, wholeCharacters(bytes, valid))).length;
}

/** An end that does not cut a character in two, at or before `end`. */
function wholeCharacters(bytes: Uint8Array, end: number): number {
  let start = end;
  while (start > 0 && start > end - 4 && (bytes[start]! & 0xc0) === 0x80) start--;
  return start;
}

function lineAndColumn(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
