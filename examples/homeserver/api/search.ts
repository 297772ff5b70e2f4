import { Hono } from "hono";
import type { RoomEvent } from "ligand";
import { EventFilter } from "../sync/filter.js";
import { visibleEvents } from "../sync/visible-events.js";
import { invalid, isObject, optionalObjectIn, textIn } from "./fields.js";
import { authenticate, queryNumber, readJson, type Env } from "./request.js";
import { placeOf, serialise } from "./room-history.js";

/** Search in what was said in the rooms of a user. (Specification, "Server Side Search".) */
export const search = new Hono<Env>();

/** What is searched in an event, by the name of the key in a request. */
const TEXTS: Readonly<Record<string, (event: RoomEvent) => unknown>> = {
  "content.body": ({ type, content }) => (type === "m.room.message" ? content.body : undefined),
  "content.name": ({ type, content }) => (type === "m.room.name" ? content.name : undefined),
  "content.topic": ({ type, content }) => (type === "m.room.topic" ? content.topic : undefined),
};

search.post("/search", async (c) => {
  const caller = await authenticate(c);
  const offset = queryNumber(c, "next_batch", 0, Number.MAX_SAFE_INTEGER);
  const categories = optionalObjectIn(await readJson(c), "search_categories") ?? {};
  const wanted = optionalObjectIn(categories, "room_events");
  if (wanted === undefined) return c.json({ search_categories: {} });

  const words = textIn(wanted, "search_term").toLowerCase().split(/\s+/).filter(Boolean);
  const { keys = Object.keys(TEXTS) } = wanted;
  if (!Array.isArray(keys)) throw invalid("keys is not a list");
  const texts = Object.keys(TEXTS).filter((key) => keys.includes(key));
  const says = (event: RoomEvent) => {
    const text = texts
      .map((key) => TEXTS[key]!(event) ?? "")
      .join("\n")
      .toLowerCase();
    return words.length > 0 && words.every((word) => text.includes(word));
  };
  const filter = new EventFilter(isObject(wanted.filter) ? wanted.filter : {});
  const { store } = c.var.homeserver;
  const joined = Array.from(await store.membershipsOf(caller.requester.userId)).flatMap(([roomId, membership]) =>
    membership === "join" && filter.matchesRoom(roomId) ? [roomId] : [],
  );
  const found: RoomEvent[] = [];
  for (const roomId of joined) {
    const visible = visibleEvents(await store.timeline(roomId), caller.requester.userId);
    found.push(...visible.filter((event) => filter.matches(event) && says(event)));
  }
  found.sort((one, other) => placeOf(other) - placeOf(one));
  const page = found.slice(offset, offset + filter.limit);
  const results = (await serialise(c, caller, page)).map((result) => ({ rank: 1, result }));
  const end = offset + page.length;
  const next = end < found.length && { next_batch: String(end) };
  return c.json({ search_categories: { room_events: { count: found.length, highlights: words, results, ...next } } });
});
