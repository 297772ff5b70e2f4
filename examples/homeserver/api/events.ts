import { Hono } from "hono";
import { NotFoundError, type EventId, type RoomEvent, type RoomId } from "ligand";
import { eventIdOrPretence, type Caller } from "ligand/homeserver";
import { EventFilter } from "../sync/filter.js";
import { Position } from "../sync/position.js";
import { visibleEvents } from "../sync/visible-events.js";
import { invalid, optionalTextIn } from "./fields.js";
import { filterOf } from "./filters.js";
import {
  authenticate,
  pathEvent,
  pathRoom,
  pathText,
  queryNumber,
  readJson,
  type ClientContext,
  type Env,
} from "./request.js";

/** What happens in rooms. */
export const events = new Hono<Env>();

events.put("/rooms/:roomId/send/:type/:txnId", (c) =>
  once(c, async (caller, roomId) => {
    const content = await readJson(c);
    return c.var.homeserver.events.send(caller, roomId, pathText(c, "type"), content);
  }),
);

events.put("/rooms/:roomId/redact/:eventId/:txnId", (c) =>
  once(c, async (caller, roomId) => {
    const reason = optionalTextIn(await readJson(c), "reason");
    return c.var.homeserver.events.redact(caller, roomId, pathEvent(c), reason);
  }),
);

for (const path of [
  "/rooms/:roomId/state/:type",
  "/rooms/:roomId/state/:type/",
  "/rooms/:roomId/state/:type/:stateKey",
]) {
  events.put(path, async (c) => {
    const caller = await authenticate(c);
    const content = await readJson(c);
    const send = () =>
      c.var.homeserver.stateChanges.send(caller, pathRoom(c), pathText(c, "type"), pathText(c, "stateKey"), content);
    return c.json({ event_id: await eventIdOrPretence(send) });
  });

  events.get(path, async (c) => {
    const state = await stateOf(c);
    const event = state.get(pathText(c, "type"), pathText(c, "stateKey"));
    if (!event) throw new NotFoundError("The room has no such state");
    return c.json(event.content);
  });
}

events.get("/rooms/:roomId/state", async (c) => {
  const caller = await authenticate(c);
  return c.json(await serialise(c, caller, Array.from((await stateOf(c)).values())));
});

events.get("/rooms/:roomId/members", async (c) => {
  const caller = await authenticate(c);
  const { membership, not_membership: unwanted } = c.req.query();
  const members = Array.from((await stateOf(c)).ofType("m.room.member").values()).filter(
    (event) => (membership === undefined || event.membership === membership) && event.membership !== unwanted,
  );
  return c.json({ chunk: await serialise(c, caller, members) });
});

events.get("/rooms/:roomId/joined_members", async (c) => {
  const joined = Array.from((await stateOf(c)).ofType("m.room.member")).filter(
    ([, event]) => event.membership === "join",
  );
  const shown = joined.map(([userId, { content }]) => [
    userId,
    { display_name: content.displayname ?? null, avatar_url: content.avatar_url ?? null },
  ]);
  return c.json({ joined: Object.fromEntries(shown) as object });
});

events.get("/rooms/:roomId/event/:eventId", async (c) => {
  const caller = await authenticate(c);
  const eventId = pathEvent(c);
  const event = (await visibleIn(c, caller)).find((visible) => visible.eventId === eventId);
  if (!event) throw new NotFoundError(`Event ${eventId} does not exist, or you may not see it`);
  return c.json((await serialise(c, caller, [event]))[0]);
});

events.get("/rooms/:roomId/messages", async (c) => {
  const caller = await authenticate(c);
  const { dir = "b", from, to, filter } = c.req.query();
  if (dir !== "b" && dir !== "f") throw invalid("dir is neither b nor f");
  const wanted = new EventFilter(await filterOf(c, caller, filter));
  const limit = queryNumber(c, "limit", 10, 100);
  const isBack = dir === "b";
  const start = from === undefined ? (isBack ? Infinity : 0) : Position.parse(from).events;
  const end = to === undefined ? (isBack ? 0 : Infinity) : Position.parse(to).events;

  const visible = await visibleIn(c, caller);
  const inOrder = isBack ? visible.toReversed() : visible;
  // A place in the stream lies behind an event: going back, the event itself comes first.
  const between = inOrder.filter((event) => {
    const place = placeOf(event);
    return (isBack ? place <= start && place > end : place > start && place <= end) && wanted.matches(event);
  });
  const chunk = between.slice(0, limit);
  const last = chunk.at(-1);
  const rest = between.length > chunk.length && last ? placeOf(last) - (isBack ? 1 : 0) : undefined;
  return c.json({
    chunk: await serialise(c, caller, chunk),
    start: from ?? Position.ofEvents(visible.length === 0 ? 0 : placeOf(visible.at(-1)!)).toString(),
    ...(rest !== undefined && { end: Position.ofEvents(rest).toString() }),
  });
});

/** Requests that are under way, by user, device, room and the client's name for them. */
const underWay = new WeakMap<object, Map<string, Promise<EventId>>>();

/** Sends an event once, however often the client asks: the second answer is the first one. */
async function once(c: ClientContext, send: (caller: Caller, roomId: RoomId) => Promise<RoomEvent>): Promise<Response> {
  const { homeserver } = c.var;
  const caller = { ...(await authenticate(c)), txnId: pathText(c, "txnId") };
  const roomId = pathRoom(c);
  const { userId, deviceId } = caller.requester;
  const key = JSON.stringify([userId, deviceId, roomId, caller.txnId]);
  const running = underWay.get(homeserver) ?? new Map<string, Promise<EventId>>();
  underWay.set(homeserver, running);
  const sendOnce = async () =>
    (await homeserver.events.sentBefore(caller, roomId)) ?? (await eventIdOrPretence(() => send(caller, roomId)));
  const sending = running.get(key) ?? sendOnce().finally(() => running.delete(key));
  running.set(key, sending);
  return c.json({ event_id: await sending });
}

/** The current state of a room that the client's user is in. */
async function stateOf(c: ClientContext) {
  const { requester } = await authenticate(c);
  return c.var.homeserver.events.requireJoined(pathRoom(c), requester.userId);
}

async function visibleIn(c: ClientContext, { requester }: Caller): Promise<RoomEvent[]> {
  const roomId = pathRoom(c);
  const timeline = await c.var.homeserver.store.timeline(roomId);
  const visible = visibleEvents(timeline, requester.userId);
  // Says of a room that nothing is known of no more than of one that does not exist.
  if (visible.length === 0) await c.var.homeserver.events.requireJoined(roomId, requester.userId);
  return visible;
}

function serialise(c: ClientContext, { requester, context }: Caller, found: readonly RoomEvent[]) {
  return c.var.homeserver.clientEvents.serialise(found, requester, context);
}

function placeOf(event: RoomEvent): number {
  return event.internalMetadata.streamOrdering ?? 0;
}
