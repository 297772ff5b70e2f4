import { Codes, type Code } from "./codes.js";

/**
 * The codes that make clients end the session or lock the user out, whatever the status. A homeserver sends them for
 * its own reasons; no verdict may carry one. (matrix-js-sdk, for one, logs out on the first.)
 */
export const SESSION_CODES: readonly Code[] = Object.freeze([
  Codes.UNKNOWN_TOKEN,
  Codes.MISSING_TOKEN,
  Codes.USER_LOCKED,
  "ORG_MATRIX_MSC3939_USER_LOCKED",
  Codes.CONSENT_NOT_GIVEN,
]);

/** Whether a code makes clients end the session or lock the user out. */
export function endsSession(code: unknown): code is Code {
  return SESSION_CODES.includes(code as Code);
}
