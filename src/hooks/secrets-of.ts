import type { Privacy } from "../matrix/privacy.js";
import type { Parameter } from "./parameter.js";

/** All secrets among the arguments of a hook, as strings. */
export function secretsOf(parameters: readonly Parameter[], args: readonly unknown[]): string[] {
  return parameters.flatMap(({ privacy, secrets }, position) => {
    const value = args[position];
    // Left out: no callback looks at it.
    if (value === undefined) return [];
    return secrets ? secrets(value as never) : secretsIn(value, privacy);
  });
}

function secretsIn(value: unknown, privacy: Privacy | undefined): string[] {
  if (privacy === "secret") return textsIn(value);
  if (typeof privacy !== "object" || typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => secretsIn(member, privacy[name] ?? privacy["*"]));
}

/** Every string and number within a value of plain objects and arrays. */
function textsIn(value: unknown, parents: readonly unknown[] = []): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null || parents.includes(value)) return [];
  return Object.values(value).flatMap((member) => textsIn(member, [...parents, value]));
}
