import type { UserId } from "../matrix/identifiers.js";

/** The server name of a user id: what follows the first colon. */
export function domainOf(userId: UserId): string {
  return userId.slice(userId.indexOf(":") + 1);
}
