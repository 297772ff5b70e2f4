import { Codes, MatrixError } from "ligand";

const MAX_DEPTH = 100;

/**
 * Refuses what JSON allows and a homeserver cannot keep: text with NUL or with half a character, which databases
 * refuse, and nesting so deep that following it would exhaust the stack.
 *
 * @throws {MatrixError} 400 `M_BAD_JSON` for a body, `M_INVALID_PARAM` for text.
 */
export function refuseUnusable(value: unknown, depth = 0): void {
  const code = depth === 0 && typeof value === "string" ? Codes.INVALID_PARAM : Codes.BAD_JSON;
  if (typeof value === "string") {
    if (/[\0\p{Surrogate}]/u.test(value)) throw new MatrixError(400, "Text holds what is no character", code);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (depth > MAX_DEPTH) throw new MatrixError(400, "Content is nested too deeply", code);
  for (const [key, member] of Object.entries(value)) {
    refuseUnusable(key, depth + 1);
    refuseUnusable(member, depth + 1);
  }
}
