import type { JsonObject } from "ligand";

/** Which events a client wants. (Matrix specification, "Filtering".) What has the wrong type does not filter. */
export class EventFilter {
  readonly limit: number;

  constructor(
    private readonly filter: JsonObject = {},
    defaultLimit = 10,
    mostLimit = 100,
  ) {
    const { limit } = filter;
    this.limit = typeof limit === "number" && limit >= 0 ? Math.min(Math.floor(limit), mostLimit) : defaultLimit;
  }

  /** The filter of a part, such as `room.timeline`. */
  static part(filter: JsonObject, ...path: readonly string[]): EventFilter {
    let part: unknown = filter;
    for (const key of path) part = isObject(part) ? part[key] : undefined;
    return new EventFilter(isObject(part) ? part : {});
  }

  /** Whether rooms that the user has left are wanted from the beginning. */
  get includeLeave(): boolean {
    return this.filter.include_leave === true;
  }

  matches({
    type,
    sender,
    roomId,
  }: {
    readonly type: string;
    readonly sender?: string;
    readonly roomId?: string;
  }): boolean {
    return (
      this.#allows("types", "not_types", type) &&
      (sender === undefined || this.#allows("senders", "not_senders", sender)) &&
      (roomId === undefined || this.matchesRoom(roomId))
    );
  }

  matchesRoom(roomId: string): boolean {
    return this.#allows("rooms", "not_rooms", roomId);
  }

  #allows(wanted: string, unwanted: string, text: string): boolean {
    const listed = (key: string) => {
      const list = this.filter[key];
      return Array.isArray(list) ? list.some((pattern) => fits(text, pattern)) : undefined;
    };
    return listed(wanted) !== false && listed(unwanted) !== true;
  }
}

/** A `*` in a pattern stands for any text. */
function fits(text: string, pattern: unknown): boolean {
  if (typeof pattern !== "string") return false;
  const [start = "", ...others] = pattern.split("*");
  if (others.length === 0) return text === pattern;
  if (!text.startsWith(start)) return false;
  const end = others.pop()!;
  let from = start.length;
  for (const part of others) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - end.length >= from && text.endsWith(end);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
