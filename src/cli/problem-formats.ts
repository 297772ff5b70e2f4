import { isError, problemCauses, type Problem } from "../errors/problem.js";

export type ProblemData = ReturnType<typeof problemData>;

/** A problem as plain data. Absent members are left out. */
export function problemData(problem: Problem) {
  const { code, severity = "error", message, position, path, remedy } = problem;
  const causes = problemCauses(problem);
  return { code, severity, message, remedy, ...position, path, ...(causes.length > 0 && { causes }) };
}

/** Problems as annotations of GitHub Actions: workflow commands, one a line. */
export function githubProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `${annotation(problem)}\n`).join("");
}

function annotation(problem: Problem): string {
  const { code, message, position, path, remedy } = problem;
  const place = position ? { file: position.file, line: position.line, col: position.column } : {};
  const properties = Object.entries({ ...place, title: code }).map(([name, value]) => `${name}=${asProperty(value)}`);
  const lines = [
    path === undefined ? message : `${path}: ${message}`,
    ...problemCauses(problem).map((text) => `caused by: ${text}`),
    remedy,
  ];
  return `::${isError(problem) ? "error" : "warning"} ${properties.join(",")}::${asData(lines.join("\n"))}`;
}

// What GitHub decodes: data may hold no line break, properties no separator either.
function asData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function asProperty(value: string | number): string {
  return asData(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
