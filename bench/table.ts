import { missesTarget, type Row } from "./row.js";

const HEADER = ["what", "median", "p25–p75", "unit", "target", ""];
/** Follows the median where tenth percentiles were taken. */
const QUIET = "p10";

/** The rows as a Markdown table for each group. */
export function table(rows: readonly Row[]): string {
  const groups = [...new Set(rows.map(({ group }) => group))];
  return groups
    .map((group) => {
      const own = rows.filter((row) => row.group === group);
      const hasQuiet = own.some(({ quiet }) => quiet !== undefined);
      const withQuiet = (line: readonly string[], quiet: string) => (hasQuiet ? line.toSpliced(2, 0, quiet) : line);
      const lines = [
        withQuiet(HEADER, QUIET),
        ...own.map((row) => withQuiet(cells(row), row.quiet === undefined ? "" : number(row.quiet))),
      ];
      const widths = lines[0]!.map((_, column) => Math.max(3, ...lines.map((line) => line[column]!.length)));
      const [header, ...body] = lines.map(
        (line) => `| ${line.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`,
      );
      const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
      return [`### ${group}`, "", header, rule, ...body, ""].join("\n");
    })
    .join("\n");
}

function cells(row: Row): string[] {
  const { name, value, p25, p75, unit, target } = row;
  return [
    name,
    number(value),
    p25 === undefined || p75 === undefined ? "" : `${number(p25)}–${number(p75)}`,
    unit,
    target === undefined ? "" : `≤ ${target}`,
    target === undefined ? "" : missesTarget(row) ? "MISSED" : "met",
  ];
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
