import { brand } from "../errors/brand.js";
import { Codes, isCode, type Code } from "./codes.js";
import { endsSession } from "./session-codes.js";
import { shownArgument } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";

/** A spam checker's verdict when it has no objection. @public */
// Annotated, because the type of an unannotated constant widens to `string` where a method returns it.
export const NOT_SPAM: "NOT_SPAM" = "NOT_SPAM";
/** The type of {@link NOT_SPAM}. @public */
export type NotSpam = typeof NOT_SPAM;

/** The verdict against: a code, a message for the client, and more members for the error's body. @public */
export class Denial {
  static {
    brand(this, "Denial");
  }

  /** @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a code that makes clients end the session. */
  constructor(
    readonly code: Code,
    readonly error: string | undefined,
    readonly fields: Readonly<Record<string, unknown>>,
  ) {
    // The field wins over the code in the body of the error.
    for (const sent of [code, fields["errcode"]]) if (endsSession(sent)) throw sessionCode(sent);
    Object.freeze(this);
  }
}

function sessionCode(code: Code): LigandError {
  return new LigandError("LIGAND_ARGUMENT_INVALID", `${code} logs clients out; a verdict can't carry it`, {
    remedy: "Deny with another code, such as Codes.FORBIDDEN.",
  });
}

/** What spam-checker hooks return to the homeserver. @public */
export type Verdict = NotSpam | Denial;

/** The denial for a deprecated answer that carries no code, and for an answer that a hook doesn't know. */
export const FORBIDDEN: Denial = new Denial(Codes.FORBIDDEN, undefined, Object.freeze({}));

/**
 * Denies with a code. `fields` become members of the error's body. The field `error`, if it's a string, is the message
 * for the client.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when `code` isn't shaped like a code, and when it makes clients end the
 *   session, such as `M_UNKNOWN_TOKEN`.
 *
 * @public
 */
export function deny(code: Code, fields: Readonly<Record<string, unknown>> = {}): Denial {
  if (!isCode(code)) {
    throw new LigandError(
      "LIGAND_ARGUMENT_INVALID",
      `deny() needs a code such as Codes.FORBIDDEN, but got ${shownArgument(code)}`,
    );
  }
  const { error, ...rest } = fields;
  if (typeof error === "string") return new Denial(code, error, Object.freeze(rest));
  return new Denial(code, undefined, Object.freeze({ ...fields }));
}
