import type { Privacy } from "../matrix/privacy.js";
import type { Parameter } from "./parameter.js";

/** Whether secrets can be among the arguments of a hook. */
export function mayHoldSecrets(parameters: readonly Parameter[]): boolean {
  return parameters.some(({ privacy, secrets }) => secrets !== undefined || holdsSecrets(privacy));
}

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
  return Object.keys(value).flatMap((name) => {
    const member = privacy[name] ?? privacy["*"];
    // Others aren't even read: in a replay, that would count as a read of what isn't recorded.
    return holdsSecrets(member) ? secretsIn((value as Record<string, unknown>)[name], member) : [];
  });
}

function holdsSecrets(privacy: Privacy | undefined): boolean {
  return privacy === "secret" || (typeof privacy === "object" && Object.values(privacy).some(holdsSecrets));
}

/** Every string and number within a value of plain objects and arrays. */
function textsIn(value: unknown, parents: readonly unknown[] = []): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null || parents.includes(value)) return [];
  return Object.values(value).flatMap((member) => textsIn(member, [...parents, value]));
}
