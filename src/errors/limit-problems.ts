import { isError, problemOf, type Problem } from "./problem.js";

/** How many problems are reported; more are not read, and each costs time and memory. */
export const MOST_PROBLEMS = 200;

/** The first problems, and one that says how many more there are. Errors are not crowded out by warnings. */
export function limitProblems(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MOST_PROBLEMS) return problems;
  const errors = problems.filter(isError);
  const kept = errors.length > 0 ? errors.slice(0, MOST_PROBLEMS) : problems.slice(0, MOST_PROBLEMS);
  const more = problems.length - kept.length;
  const last = kept.at(-1)!;
  return [
    ...kept,
    problemOf(last.code, `and ${more} more problem${more === 1 ? "" : "s"}`, {
      severity: last.severity,
      position: last.position,
      remedy: "Correct the problems before this one first.",
    }),
  ];
}
