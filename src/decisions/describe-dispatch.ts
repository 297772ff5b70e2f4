import type { AnyHook } from "../hooks/hook.js";
import type { RecordedDispatch } from "../dispatch/recorded-dispatch.js";
import { RoomEvent } from "../matrix/room-event.js";
import { facetReader, type FacetReader } from "../config/operate/facets.js";
import type { DecisionRecord, DecisionSubject } from "./decision-record.js";
import { describeCallbacks } from "./describe-callbacks.js";
import { LONGEST_LINE } from "./record-file.js";
import { RoomLeft } from "./room-left.js";
import { ValuesOfHook } from "./values-of-hook.js";
import { ValueWriter } from "./value-writer.js";
import type { Withholding } from "./withheld.js";
import { withoutValues } from "./without-values.js";

/** How many characters the values of a record may take, to begin with. In JSON, a character may take six bytes. */
const MOST_CHARACTERS = 56 * 1024;
/** How often a record is made anew because its line was too long. */
const MOST_TRIES = 4;

/** A record, and its line in a file. */
export interface DescribedDispatch {
  readonly record: DecisionRecord;
  readonly line: string;
}

/**
 * Makes the record of a dispatch that is over, of at most 64 KiB.
 *
 * @param id of the record
 * @param key which key the hashes are made with
 */
export function describeDispatch(
  dispatch: RecordedDispatch,
  id: string,
  withholding: Withholding,
  key: string | undefined,
): DescribedDispatch {
  let most = MOST_CHARACTERS;
  for (let tries = 1; ; tries++) {
    const record = describe(dispatch, id, new ValueWriter(withholding, new RoomLeft(most)), key);
    const line = JSON.stringify(record);
    // Most are so short that they fit whatever they're made of.
    const bytes = line.length * 3 < LONGEST_LINE ? 0 : Buffer.byteLength(line);
    if (bytes < LONGEST_LINE) return { record, line };
    most = Math.floor((most * LONGEST_LINE) / bytes / 1.2);
    if (tries < MOST_TRIES) continue;
    const shorter = withoutValues(record);
    return { record: shorter, line: JSON.stringify(shorter) };
  }
}

function describe(
  dispatch: RecordedDispatch,
  id: string,
  writer: ValueWriter,
  key: string | undefined,
): DecisionRecord {
  const { chain, context = {}, revision, ms, outcome, endedAt } = dispatch;
  const { origin, requestId } = context;
  const { room } = writer;
  const args = dispatch.args!;
  const [event] = args;
  const values = new ValuesOfHook(chain.hook, writer, args, dispatch.reads?.values());
  const about = aboutOf(chain.hook, args, writer);
  const ended =
    outcome && "error" in outcome
      ? { error: values.error(outcome.error) }
      : { result: room.at("result", () => values.result(outcome?.result)) };
  const callbacks = describeCallbacks(dispatch, values);
  return {
    version: 1,
    id,
    time: new Date(endedAt - (ms ?? 0)).toISOString(),
    hook: chain.name,
    ...(origin !== undefined && { origin }),
    ...(requestId !== undefined && { requestId: String(requestId).slice(0, 200) }),
    about,
    ...(event instanceof RoomEvent && event.roomVersion !== "11" && { roomVersion: event.roomVersion }),
    args: values.args,
    callbacks,
    ...ended,
    ...(ms !== undefined && { ms: Math.round(ms * 1000) / 1000 }),
    revision,
    ...(key !== undefined && { key }),
    ...(room.cuts.length > 0 && { truncated: room.cuts }),
  };
}

/** What reads the room and the user that a hook is about. */
interface Facets {
  readonly room: FacetReader | undefined;
  readonly user: FacetReader | undefined;
}

const FACETS = new WeakMap<AnyHook, Facets>();

function facetsOf(hook: AnyHook): Facets {
  let facets = FACETS.get(hook);
  if (!facets) FACETS.set(hook, (facets = { room: facetReader(hook, "room"), user: facetReader(hook, "sender") }));
  return facets;
}

function aboutOf(hook: AnyHook, args: readonly unknown[], writer: ValueWriter): DecisionSubject {
  const [a0, a1, a2, a3, a4, a5] = args;
  const facets = facetsOf(hook);
  const room = facets.room?.(a0, a1, a2, a3, a4, a5);
  const user = facets.user?.(a0, a1, a2, a3, a4, a5);
  return {
    ...(typeof room === "string" && { room: writer.write(room, "personal", false) }),
    ...(typeof user === "string" && { user: writer.write(user, "personal", false) }),
    ...(a0 instanceof RoomEvent && { event: a0.eventId }),
  };
}
