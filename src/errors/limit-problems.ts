import { isError, problemOf, type Problem } from "./problem.js";

/** How many problems are reported; more are not read, and each costs time and memory. */
export const MOST_PROBLEMS = 200;

/** How many problems one stands for that says how many more there are. */
const uncounted = new WeakMap<Problem, number>();

/** The problems of the first of many items, and one that stands for those of the others. */
export function firstProblems<T>(items: readonly T[], problemOfItem: (item: T) => Problem): Problem[] {
  const problems = items.slice(0, MOST_PROBLEMS + 1).map(problemOfItem);
  const last = problems[MOST_PROBLEMS];
  return last ? [...problems.slice(0, MOST_PROBLEMS), andMore(items.length - MOST_PROBLEMS, last)] : problems;
}

/** The first problems, and one that says how many more there are. Errors are not crowded out by warnings. */
export function limitProblems(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MOST_PROBLEMS) return problems;
  const named = problems.filter((problem) => !uncounted.has(problem));
  const errors = named.filter(isError);
  const kept = (errors.length > 0 ? errors : named).slice(0, MOST_PROBLEMS);
  const total = problems.reduce((sum, problem) => sum + (uncounted.get(problem) ?? 1), 0);
  return [...kept, andMore(total - kept.length, kept.at(-1)!)];
}

function andMore(number: number, { code, severity, position }: Problem): Problem {
  const problem = problemOf(code, `and ${number} more problem${number === 1 ? "" : "s"}`, {
    severity,
    position,
    remedy: "Correct the problems before this one first.",
  });
  uncounted.set(problem, number);
  return problem;
}
