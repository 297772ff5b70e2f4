import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";

/** What begins an item: further lines of it stand below its text. */
const MARK = /^(?:→ |- |\d+\. )/;

/**
 * Text whose lines are no wider than a terminal: a line that is goes on in the next one, a little further in. Words are never
 * cut; one that is too long has a line of its own.
 *
 * @param width in columns; undefined where nothing is wrapped
 */
export function wrap(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  return text
    .split("\n")
    .flatMap((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  if (stringWidth(line) <= width) return [line];
  const start = /^ */.exec(line)![0];
  // In a narrow terminal half of each line is for words.
  const left = start.slice(0, Math.floor(width / 2));
  const mark = MARK.exec(stripVTControlCharacters(line.slice(start.length)))?.[0] ?? "  ";
  const inner = `${left}${" ".repeat(mark.length)}`.slice(0, Math.floor(width / 2));
  return wrapWords(line.slice(start.length), width - left.length, width - inner.length).map(
    (part, index) => (index === 0 ? left : inner) + part,
  );
}

/** The words of a line in lines of their own. What stands between two words in one line stays as it is. */
export function wrapWords(text: string, firstWidth: number, width = firstWidth): string[] {
  const lines: string[] = [];
  let current = "";
  for (const [part] of text.matchAll(/ *[^ ]+/g)) {
    const room = lines.length === 0 ? firstWidth : width;
    if (current !== "" && stringWidth(current + part) > room) {
      lines.push(current);
      current = part.trimStart();
    } else current += part;
  }
  return [...lines, current];
}
