import { LigandError } from "../../errors/ligand-error.js";
import { isPlainObject } from "../../matrix/json.js";

/** The type of a member; with `?` it may be null or absent. */
type MemberType = `${"string" | "number" | "boolean" | "list" | "object"}${"" | "?"}`;

/**
 * Checks what the other side sent before anything of it is read.
 *
 * @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` naming the first member that is wrong, or for what is no object.
 */
export function expectMembers(value: unknown, members: Readonly<Record<string, MemberType>>, what: string): void {
  if (!isPlainObject(value)) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `${what}: expected an object, but it's ${typeOf(value)}`);
  }
  for (const name of Object.keys(members)) {
    const type = members[name]!;
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    const found = typeOf(member);
    if (found === type || (type.endsWith("?") && (`${found}?` === type || found === "null" || found === "undefined")))
      continue;
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `${what}: the member ${name} must be of type ${type.replace("?", "")}, but it's ${found}`,
    );
  }
}

function typeOf(value: unknown): string {
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return "list";
  return isPlainObject(value) ? "object" : "null";
}
