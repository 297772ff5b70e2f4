import { randomBytes } from "node:crypto";

/** Text that cannot be guessed, such as a token; `prefix` says to people what it is. */
export function randomId<Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` {
  return `${prefix}_${randomBytes(15).toString("base64url")}`;
}
