import { brand } from "../errors/brand.js";
import { Codes, isCode, type Code } from "./codes.js";
import { endsSession } from "./session-codes.js";
import { LigandError } from "../errors/ligand-error.js";

/** The verdict of a spam checker that has nothing against what it was asked about. */
// Annotated, since the type of an unannotated constant widens to `string` where a method returns it.
export const NOT_SPAM: "NOT_SPAM" = "NOT_SPAM";
export type NotSpam = typeof NOT_SPAM;

/** The verdict against: a code, a message for the client, and further members of the error's body. */
export class Denial {
  static {
    brand(this, "Denial");
  }

  /** @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a code on which clients end the session. */
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

/** What the spam-checker hooks tell the homeserver. */
export type Verdict = NotSpam | Denial;

/** The denial of a deprecated form that carries no code of its own, and of an answer that a hook does not know. */
export const FORBIDDEN: Denial = new Denial(Codes.FORBIDDEN, undefined, Object.freeze({}));

/**
 * Denies with a code. `fields` become members of the error's body; the field `error`, if it is text, is the text for
 * the client.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when `code` has not the form of a code, and when clients end the session
 *   on it, such as `M_UNKNOWN_TOKEN`.
 */
export function deny(code: Code, fields: Readonly<Record<string, unknown>> = {}): Denial {
  if (!isCode(code)) {
    throw new LigandError(
      "LIGAND_ARGUMENT_INVALID",
      `deny() expects a code such as Codes.FORBIDDEN, found ${JSON.stringify(code)}`,
    );
  }
  const { error, ...rest } = fields;
  if (typeof error === "string") return new Denial(code, error, Object.freeze(rest));
  return new Denial(code, undefined, Object.freeze({ ...fields }));
}
