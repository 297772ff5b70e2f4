import { isError, type Problem } from "../errors/problem.js";

/** A number with its noun: `1 module`, `3 modules`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The number of problems, with warnings separate: `no problems`, `2 problems, 1 warning`. */
export function countProblems(problems: readonly Problem[]): string {
  const errors = problems.filter(isError).length;
  const warnings = problems.length - errors;
  const wrong = errors === 0 ? "no problems" : count(errors, "problem");
  return warnings === 0 ? wrong : `${wrong}, ${count(warnings, "warning")}`;
}
