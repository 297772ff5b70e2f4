import { brand } from "../errors/brand.js";
import { MatrixError } from "./matrix-error.js";
import { Codes } from "./codes.js";

/** A user identifier, `@localpart:server`. (Matrix specification, appendix "Identifier grammar".) @public */
export type UserId = `@${string}:${string}`;
/** A room identifier: `!opaque:server`, or `!hash` without a server in room version 12 and later. @public */
export type RoomId = `!${string}`;
/** An event identifier, `$hash`, or `$opaque:server` in room versions 1 and 2. @public */
export type EventId = `$${string}`;
/** A device identifier: an opaque string. @public */
export type DeviceId = string;
/** The URI of a media file, `mxc://server/mediaId`. @public */
export type MxcUri = `mxc://${string}`;
/** The kind of a third-party identifier. @public */
export type Medium = "email" | "msisdn";

/** What parsed user identifiers and room aliases have in common. */
abstract class ParsedId {
  protected constructor(
    readonly localpart: string,
    readonly domain: string,
  ) {
    Object.freeze(this);
  }

  /** The sigil that the string form starts with. */
  protected abstract readonly sigil: "@" | "#";

  toString(): string {
    return `${this.sigil}${this.localpart}:${this.domain}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Splits at the *first* colon: a server name may contain a port. */
function split(text: string, sigil: string, what: string): [localpart: string, domain: string] {
  const colon = typeof text === "string" ? text.indexOf(":") : -1;
  if (colon < 0 || !text.startsWith(sigil)) {
    throw new MatrixError(400, `Expected ${what} of the form '${sigil}localpart:server'`, Codes.INVALID_PARAM);
  }
  return [text.slice(1, colon), text.slice(colon + 1)];
}

/** A parsed user identifier. @public */
export class ParsedUserId extends ParsedId {
  static {
    brand(this, "ParsedUserId");
  }

  protected get sigil(): "@" {
    return "@";
  }

  /** @throws {MatrixError} 400 `M_INVALID_PARAM` unless the string starts with `@` and has a colon. */
  static fromString(text: string): ParsedUserId {
    return new ParsedUserId(...split(text, "@", "a user id"));
  }

  static isValid(text: string): text is UserId {
    return typeof text === "string" && text.startsWith("@") && text.includes(":");
  }

  override toString(): UserId {
    return super.toString() as UserId;
  }
}

/** A parsed room alias: the one identifier that callbacks receive parsed. @public */
export class RoomAlias extends ParsedId {
  static {
    brand(this, "RoomAlias");
  }

  protected get sigil(): "#" {
    return "#";
  }

  /** @throws {MatrixError} 400 `M_INVALID_PARAM` unless the string starts with `#` and has a colon. */
  static fromString(text: string): RoomAlias {
    return new RoomAlias(...split(text, "#", "a room alias"));
  }

  static isValid(text: string): boolean {
    return typeof text === "string" && text.startsWith("#") && text.includes(":");
  }
}
