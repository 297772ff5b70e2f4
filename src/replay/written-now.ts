import type { Recorded } from "../decisions/decision-record.js";
import { RoomLeft } from "../decisions/room-left.js";
import { ValueWriter } from "../decisions/value-writer.js";
import type { Privacy } from "../matrix/privacy.js";

const WHOLE = { personal: "whole", bodies: true, hash: (text: string) => text } as const;

/** A value as a record that withholds nothing but secrets would have it: to be compared with what was recorded. */
export function writtenNow(value: unknown, privacy: Privacy = "public"): Recorded {
  return new ValueWriter(WHOLE, new RoomLeft(Number.POSITIVE_INFINITY)).write(value, privacy);
}
