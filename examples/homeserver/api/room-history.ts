import type { RoomEvent } from "ligand";
import type { Caller } from "ligand/homeserver";
import { Position } from "../sync/position.js";
import { isForgotten } from "../sync/forgotten.js";
import { visibleEvents } from "../sync/visible-events.js";
import { invalid } from "./fields.js";
import { pathRoom, queryNumber, type ClientContext } from "./request.js";

/** Some events of a room. */
export interface Page {
  readonly chunk: readonly RoomEvent[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/**
 * What a user may see of the room of the path, the oldest first.
 *
 * @throws {MatrixError} 403 for a user who may see nothing.
 */
export async function visibleIn(c: ClientContext, { requester }: Caller): Promise<RoomEvent[]> {
  const roomId = pathRoom(c);
  const timeline = await c.var.homeserver.store.timeline(roomId);
  const member = await c.var.homeserver.store.stateEvent(roomId, "m.room.member", requester.userId);
  const isGone = member !== null && (await isForgotten(c.var.homeserver, member));
  const visible = isGone ? [] : visibleEvents(timeline, requester.userId);
  // Says of a room that nothing is known of no more than of one that doesn't exist.
  if (visible.length === 0) await c.var.homeserver.events.requireJoined(roomId, requester.userId);
  return visible;
}

/** The page that `dir`, `from`, `to` and `limit` of the query ask for. @throws {MatrixError} 400. */
export function readPage(
  c: ClientContext,
  events: readonly RoomEvent[],
  isWanted: (event: RoomEvent) => boolean,
): Page {
  const { dir = "b", from, to } = c.req.query();
  if (dir !== "b" && dir !== "f") throw invalid("dir is neither b nor f");
  const limit = queryNumber(c, "limit", 10, 100);
  const isBack = dir === "b";
  const start = from === undefined ? (isBack ? Infinity : 0) : Position.parse(from).events;
  const end = to === undefined ? (isBack ? 0 : Infinity) : Position.parse(to).events;
  const inOrder = isBack ? events.toReversed() : events;
  // A place in the stream lies behind an event: going back, the event itself comes first.
  const between = inOrder.filter((event) => {
    const place = placeOf(event);
    return (isBack ? place <= start && place > end : place > start && place <= end) && isWanted(event);
  });
  const chunk = between.slice(0, limit);
  const last = chunk.at(-1);
  const hasMore = between.length > chunk.length && last !== undefined;
  return { chunk, next: hasMore ? Position.ofEvents(placeOf(last) - (isBack ? 1 : 0)).toString() : undefined };
}

/** Events in the form in which clients receive them. */
export function serialise(c: ClientContext, { requester, context }: Caller, events: readonly RoomEvent[]) {
  return c.var.homeserver.clientEvents.serialise(events, requester, context);
}

/** Where an event is in the stream of all events. */
export function placeOf(event: RoomEvent): number {
  return event.internalMetadata.streamOrdering ?? 0;
}
