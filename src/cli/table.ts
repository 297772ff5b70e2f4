import stringWidth from "string-width";
import { wrapWords } from "./wrap.js";

const GAP = "  ";

type Row = readonly string[];

/**
 * Rows as text with columns of equal width, two spaces between them. Widths count what a terminal shows.
 *
 * @param width what the rows have to fit in, in columns of a terminal: the widest cells take several lines. Where there is no
 *   room for columns, the first cell of each row has a line of its own, and the others stand below it
 */
export function table(rows: readonly Row[], indent = "", width = Infinity): string {
  const widths = narrowed(widthsOf(rows, stringWidth), widthsOf(rows, longestWord), width - indent.length);
  const pad = (cell: string, column: number) => cell + " ".repeat(widths![column]! - stringWidth(cell));
  const lines = widths
    ? rows.flatMap((row) => linesOf(row, widths)).map((row) => row.map(pad).join(GAP).trimEnd())
    : rows.flatMap(([first = "", ...others]) => [first, `${GAP}${others.filter((cell) => cell !== "").join("; ")}`]);
  return lines.map((line) => `${indent}${line}\n`).join("");
}

function widthsOf(rows: readonly Row[], measure: (cell: string) => number): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, measure(cell))));
  }
  return widths;
}

function longestWord(cell: string): number {
  return Math.max(...cell.split(" ").map((word) => stringWidth(word)));
}

/** The widths at which all columns fit, the widest made narrower, but no word cut; undefined where there are none. */
function narrowed(widths: readonly number[], least: readonly number[], room: number): number[] | undefined {
  const result = [...widths];
  const excess = () => result.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - room;
  while (excess() > 0) {
    const [widest] = [...result.keys()]
      .filter((column) => result[column]! > least[column]!)
      .toSorted((one, other) => result[other]! - result[one]!);
    if (widest === undefined) return undefined;
    result[widest]!--;
  }
  return result;
}

/** A row as the lines that it takes. */
function linesOf(row: Row, widths: readonly number[]): readonly Row[] {
  const cells = row.map((cell, column) =>
    stringWidth(cell) > widths[column]! ? wrapWords(cell, widths[column]!) : [cell],
  );
  const height = Math.max(1, ...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ""));
}
