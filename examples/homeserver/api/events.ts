import { Hono } from "hono";
import { NotFoundError, StateMap, type EventId, type RoomEvent, type RoomId } from "ligand";
import { eventIdOrPretence, type Caller } from "ligand/homeserver";
import { EventFilter } from "../sync/filter.js";
import { Position } from "../sync/position.js";
import { optionalTextIn } from "./fields.js";
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
import { placeOf, readPage, serialise, visibleIn } from "./room-history.js";

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
  if (!event) throw new NotFoundError(`Event ${eventId} doesn't exist, or you may not see it`);
  return c.json((await serialise(c, caller, [event]))[0]);
});

events.get("/rooms/:roomId/messages", async (c) => {
  const caller = await authenticate(c);
  const wanted = new EventFilter(await filterOf(c, caller, c.req.query("filter")));
  const visible = await visibleIn(c, caller);
  const page = readPage(c, visible, (event) => wanted.matches(event));
  const start =
    c.req.query("from") ?? Position.ofEvents(visible.length === 0 ? 0 : placeOf(visible.at(-1)!)).toString();
  return c.json({
    chunk: await serialise(c, caller, page.chunk),
    start,
    ...(page.next !== undefined && { end: page.next }),
  });
});

/** An event with those around it. */
events.get("/rooms/:roomId/context/:eventId", async (c) => {
  const caller = await authenticate(c);
  const eventId = pathEvent(c);
  const visible = await visibleIn(c, caller);
  const event = visible.find((found) => found.eventId === eventId);
  if (!event) throw new NotFoundError(`Event ${eventId} doesn't exist, or you may not see it`);
  const wanted = new EventFilter(await filterOf(c, caller, c.req.query("filter")));
  const limit = queryNumber(c, "limit", 10, 100);
  const around = visible.filter((found) => found !== event && wanted.matches(found));
  const half = Math.floor(limit / 2);
  const before = around.filter((found) => placeOf(found) < placeOf(event)).slice(half === 0 ? Infinity : -half);
  const after = around.filter((found) => placeOf(found) > placeOf(event)).slice(0, limit - half);
  const last = after.at(-1) ?? event;
  const state = StateMap.ofEvents(visible.filter((found) => found.isState() && placeOf(found) <= placeOf(last)));
  return c.json({
    event: (await serialise(c, caller, [event]))[0],
    events_before: await serialise(c, caller, before.toReversed()),
    events_after: await serialise(c, caller, after),
    state: await serialise(c, caller, Array.from(state.values())),
    start: Position.ofEvents(placeOf(before[0] ?? event) - 1).toString(),
    end: Position.ofEvents(placeOf(last)).toString(),
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
