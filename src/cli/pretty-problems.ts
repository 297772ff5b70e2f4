import { formatPosition, isError, problemCauses, type Problem } from "../errors/problem.js";
import { count, countProblems } from "./count.js";
import { SourceLines } from "./source-lines.js";
import { type Paint, printable } from "./terminal.js";
import { wrap } from "./wrap.js";

/**
 * Problems for people: by file, each with the line that it points at and what to do; their number at the end.
 *
 * @param width of the terminal, in columns
 */
export async function prettyProblems(problems: readonly Problem[], paint: Paint, width?: number): Promise<string> {
  const sources = new SourceLines(width);
  const blocks: string[] = [];
  const files = new Set(problems.map(({ position }) => position?.file));
  for (const file of files) {
    if (file !== undefined) blocks.push(paint(["bold", "underline"], file));
    for (const problem of problems.filter(({ position }) => position?.file === file)) {
      blocks.push(await prettyProblem(problem, sources, paint));
    }
  }
  const places = files.has(undefined) ? files.size - 1 : files.size;
  const total = countProblems(problems) + (places > 1 ? ` in ${count(places, "file")}` : "");
  const text = `${blocks.join("\n\n")}\n\n${paint(["bold", problems.some(isError) ? "red" : "yellow"], total)}\n`;
  return wrap(printable(text), width);
}

async function prettyProblem(problem: Problem, sources: SourceLines, paint: Paint): Promise<string> {
  const { code, message, position, path, remedy } = problem;
  const place = position ? `${paint("cyan", formatPosition(position))} ` : "";
  const source = await sources.of(problem);
  const number = String(position?.line ?? "");
  const gutter = " ".repeat(number.length);
  const causes = problemCauses(problem).map((text, depth) => `${"  ".repeat(depth)}caused by: ${indented(text, 4)}`);
  return [
    `  ${place}${isError(problem) ? paint("red", "error") : paint("yellow", "warning")} ${paint("bold", indented(message, 4))} ${paint("dim", code)}`,
    ...(source
      ? [
          `    ${paint("dim", `${number} |`)} ${source.text}`,
          `    ${paint("dim", `${gutter} |`)} ${" ".repeat(source.indent)}${paint("red", "^")}`,
        ]
      : []),
    ...(path === undefined ? [] : [`    ${paint("dim", `at ${path}`)}`]),
    ...causes.map((text) => `    ${text}`),
    `    ${paint("green", "→")} ${indented(remedy, 4)}`,
  ].join("\n");
}

/** Indents further lines to the first one. */
function indented(text: string, spaces: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}
