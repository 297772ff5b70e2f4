import type { DecisionRecord } from "../decisions/decision-record.js";
import { isPlainObject } from "../matrix/json.js";
import { isDecision, ownMember } from "./is-decision.js";
import { linesOf, type RecordLine } from "../decisions/record-lines.js";
import type { Unknown } from "./unknown.js";

/** The version of the format that is read here. */
const VERSION = 1;

/** A line of a record that isn't a decision, as far as can be known. */
export interface UnreadLine extends Pick<RecordLine, "file" | "line" | "isCut"> {
  readonly unknown: Unknown;
}

/** A decision of a record, and where it stands. */
export interface ReadDecision extends Pick<RecordLine, "file" | "line"> {
  readonly record: DecisionRecord;
}

/**
 * The decisions of a record, in its order.
 *
 * @param mayBe whether a line can be a decision that is looked for; the others aren't parsed
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE`
 */
export async function* readDecisions(
  files: readonly string[],
  mayBe: (line: string) => boolean = () => true,
): AsyncGenerator<ReadDecision | UnreadLine> {
  for await (const lines of linesOf(files)) {
    for (const { file, line, text, isCut } of lines) {
      if (text !== undefined && (text.trim() === "" || !mayBe(text))) continue;
      const found = text === undefined ? undefined : parse(text);
      if (found && "record" in found) yield { file, line, record: found.record };
      else yield { file, line, ...(isCut && { isCut }), unknown: { reason: found?.reason ?? "broken line" } };
    }
  }
}

function parse(text: string): { readonly record: DecisionRecord } | { readonly reason: Unknown["reason"] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: "broken line" };
  }
  if (!isPlainObject(value)) return { reason: "broken line" };
  const version = ownMember(value, "version");
  if (typeof version === "number" && version > VERSION) return { reason: "newer version" };
  return isDecision(value) ? { record: value } : { reason: "broken line" };
}
