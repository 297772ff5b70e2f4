import { LigandError } from "../../errors/ligand-error.js";
import { isPlainObject } from "../../matrix/json.js";

/** The type of a member; with `?` it may be null or absent. */
type MemberType = `${"string" | "number" | "boolean" | "list" | "object"}${"" | "?"}`;

/**
 * Checks what the other side sent before anything of it is read.
 *
 * @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` naming the first member that is wrong.
 */
export function expectMembers(value: object, members: Readonly<Record<string, MemberType>>, what: string): void {
  for (const [name, type] of Object.entries(members)) {
    const member: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const isOptional = type.endsWith("?");
    if (isOptional && (member === undefined || member === null)) continue;
    const expected = type.replace("?", "");
    if (typeOf(member) !== expected) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `${what}: the member ${name} must be of type ${expected}, but it's ${typeOf(member)}`,
      );
    }
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return typeof value === "object" && !isPlainObject(value) ? "null" : typeof value;
}
