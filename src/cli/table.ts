import stringWidth from "string-width";

/** Rows as text with columns of equal width, two spaces between them. Widths count what a terminal shows. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell))));
  }
  const pad = (cell: string, column: number) => cell + " ".repeat(widths[column]! - stringWidth(cell));
  return rows.map((row) => indent + row.map(pad).join("  ").trimEnd() + "\n").join("");
}
