import type { DecisionRecord, Recorded } from "../decisions/decision-record.js";
import type { PersonalHash } from "../decisions/personal-hash.js";
import { readDecisions, type ReadDecision } from "./read-decisions.js";
import type { UnknownReason } from "./unknown.js";
import { withheldBy } from "./withheld.js";

/** What is looked for in a record: all that's said has to agree. */
export interface DecisionQuery {
  /** The id of the decision, or of an event that it was about. */
  readonly id?: string;
  /** The homeserver's name for a request. */
  readonly requestId?: string;
  /** A user that the decision was about, or that it named. */
  readonly user?: string;
  /** A room that the decision was about, or that it named. */
  readonly room?: string;
  /** Not before this time, in milliseconds since the epoch. */
  readonly sinceMs?: number;
}

/** What was found. */
export interface FoundDecisions {
  /** The latest of them, in their order. */
  readonly decisions: readonly ReadDecision[];
  /** How many there are in all. */
  readonly count: number;
  /** Some decisions have hashes that were made with a key that isn't known. */
  readonly isOtherKey: boolean;
  /** Some decisions don't say which user or room they were about: it wasn't recorded. */
  readonly isNameless: boolean;
  /** Lines that may be what is looked for and can't be read, by reason. */
  readonly unread: readonly UnreadLines[];
}

/** Lines that can't be read for one reason. */
export interface UnreadLines {
  readonly reason: UnknownReason;
  readonly count: number;
  /** Where the first of them is. */
  readonly file: string;
  readonly line: number;
}

/**
 * Looks for decisions in a record. Users and rooms are compared by their hashes where those were recorded.
 *
 * @param hasher absent where no key is known
 * @param most how many of them are kept
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE`
 */
export async function findDecisions(
  files: readonly string[],
  query: DecisionQuery,
  hasher: Pick<PersonalHash, "keyId" | "of"> | undefined,
  most: number,
): Promise<FoundDecisions> {
  const matches = matcherOf(query, hasher);
  const decisions: ReadDecision[] = [];
  let count = 0;
  let isOtherKey = false;
  let isNameless = false;
  const unread = new Map<UnknownReason, UnreadLines>();
  for await (const read of readDecisions(files, prefilterOf(query))) {
    if (!("record" in read)) {
      const { unknown, file, line } = read;
      const { reason } = unknown;
      const first = unread.get(reason) ?? { reason, count: 0, file, line };
      unread.set(reason, { ...first, count: first.count + 1 });
      continue;
    }
    const { key, about } = read.record;
    if (key !== undefined && key !== hasher?.keyId) isOtherKey = true;
    if (withheldBy(about.user) === "left out" || withheldBy(about.room) === "left out") isNameless = true;
    if (!matches(read.record)) continue;
    count++;
    decisions.push(read);
    if (decisions.length > most) decisions.shift();
  }
  return { decisions, count, isOtherKey, isNameless, unread: [...unread.values()] };
}

/** Lines without an id that is looked for needn't be parsed. */
function prefilterOf({ id, requestId }: DecisionQuery): (line: string) => boolean {
  const needles = [id, requestId].filter((each) => each !== undefined).map((each) => JSON.stringify(each));
  return (line) => needles.every((needle) => line.includes(needle));
}

function matcherOf(
  { id, requestId, user, room, sinceMs }: DecisionQuery,
  hasher: Pick<PersonalHash, "keyId" | "of"> | undefined,
): (record: DecisionRecord) => boolean {
  const names = [user, room].filter((name) => name !== undefined);
  const hashes = names.map((name) => hasher?.of(name));
  return (record) => {
    const isKnownKey = record.key !== undefined && record.key === hasher?.keyId;
    return (
      (id === undefined || record.id === id || record.about.event === id) &&
      (requestId === undefined || record.requestId === requestId) &&
      (sinceMs === undefined || Date.parse(record.time) >= sinceMs) &&
      names.every((name, index) => {
        const hash = isKnownKey ? hashes[index] : undefined;
        const isNamed = (text: string) => text === name || text === hash;
        return mentions(Object.values(record.about), isNamed) || mentions(record.args as Recorded[], isNamed);
      })
    );
  };
}

function mentions(value: Recorded, isNamed: (text: string) => boolean): boolean {
  if (typeof value === "string") return isNamed(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((member: Recorded) => mentions(member, isNamed));
}
