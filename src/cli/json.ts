import { problemCauses, type Problem } from "../errors/problem.js";

/** A value as indented JSON that ends its last line. */
export function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A problem as plain data. Absent members are left out. */
export function problemData(problem: Problem) {
  const { code, severity = "error", message, position, path, remedy } = problem;
  const causes = problemCauses(problem);
  return { code, severity, message, remedy, ...position, path, ...(causes.length > 0 && { causes }) };
}
