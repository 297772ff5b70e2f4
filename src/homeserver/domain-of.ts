import type { UserId } from "../matrix/identifiers.js";

/** The name of a user's server: what follows the first colon. */
export function domainOf(userId: UserId): string {
  return userId.slice(userId.indexOf(":") + 1);
}
