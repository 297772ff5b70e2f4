import { Codes, type Code } from "../matrix/codes.js";
import type { UserId } from "../matrix/identifiers.js";
import { MatrixError } from "../matrix/matrix-error.js";

const MAX_USER_ID_LENGTH = 255;

/** What a homeserver knows about user names, beside their form. @public */
export interface UsernameRules {
  readonly serverName: string;
  /** Whether names may start with an underscore; false by default. */
  readonly allowUnderscore?: boolean;
  /** Whether an id belongs to an application service or to the server's own notices. */
  isReserved(userId: UserId): Promise<boolean>;
  /** Whether an account has this id, ignoring case. */
  isTaken(userId: UserId): Promise<boolean>;
}

/**
 * Resolves if the user name can be registered.
 *
 * @throws {MatrixError} 400 `M_INVALID_USERNAME`, `M_EXCLUSIVE` (reserved) or `M_USER_IN_USE` (ignoring case).
 */
export async function checkUsername(username: string, rules: UsernameRules): Promise<void> {
  const userId: UserId = `@${username}:${rules.serverName}`;
  const refuse = (code: Code, message: string): never => {
    throw new MatrixError(400, message, code);
  };
  if (username === "") refuse(Codes.INVALID_USERNAME, "The user name is empty");
  if (!/^[a-z0-9._=\-/+]+$/.test(username)) {
    refuse(Codes.INVALID_USERNAME, "User names may only contain the characters a-z, 0-9 and ._=-/+");
  }
  if (username.startsWith("_") && !rules.allowUnderscore) {
    refuse(Codes.INVALID_USERNAME, "User names may not start with _");
  }
  if (/^[0-9]+$/.test(username)) refuse(Codes.INVALID_USERNAME, "Numeric user names are reserved for guests");
  if (userId.length > MAX_USER_ID_LENGTH) {
    refuse(Codes.INVALID_USERNAME, `User ids may not be longer than ${MAX_USER_ID_LENGTH} characters`);
  }
  if (await rules.isReserved(userId)) refuse(Codes.EXCLUSIVE, "The user name is reserved");
  if (await rules.isTaken(userId)) refuse(Codes.USER_IN_USE, "The user name is taken");
}
