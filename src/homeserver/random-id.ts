import { randomBytes } from "node:crypto";

/** An unguessable string, such as a token; `prefix` tells people what it is. */
export function randomId<Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` {
  return `${prefix}_${randomBytes(15).toString("base64url")}`;
}
