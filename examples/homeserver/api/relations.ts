import { Hono } from "hono";
import { NotFoundError, type EventId, type RoomEvent } from "ligand";
import { isObject } from "./fields.js";
import { authenticate, pathEvent, pathText, type ClientContext, type Env } from "./request.js";
import { readPage, serialise, visibleIn } from "./room-history.js";

/** What events say of other events: reactions, edits, threads. (Specification, "Relationships API".) */
export const relations = new Hono<Env>();

const ALL = "/rooms/:roomId/relations/:eventId";
for (const path of [ALL, `${ALL}/:relType`, `${ALL}/:relType/:eventType`]) relations.get(path, read);

async function read(c: ClientContext): Promise<Response> {
  const caller = await authenticate(c);
  const parent = pathEvent(c);
  const [relType, eventType] = [pathText(c, "relType"), pathText(c, "eventType")];
  const visible = await visibleIn(c, caller);
  if (!visible.some(({ eventId }) => eventId === parent)) {
    throw new NotFoundError(`Event ${parent} doesn't exist, or you may not see it`);
  }
  const { chunk, next } = readPage(c, visible, (event) => {
    const relation = relationOf(event);
    return (
      relation?.parent === parent &&
      (relType === "" || relation.type === relType) &&
      (eventType === "" || event.type === eventType)
    );
  });
  const { from } = c.req.query();
  return c.json({
    chunk: await serialise(c, caller, chunk),
    ...(from !== undefined && { prev_batch: from }),
    ...(next !== undefined && { next_batch: next }),
  });
}

/** The events with which threads begin, that of the thread that is newest first. */
relations.get("/rooms/:roomId/threads", async (c) => {
  const caller = await authenticate(c);
  const { userId } = caller.requester;
  const visible = await visibleIn(c, caller);
  const replies = visible.filter((event) => relationOf(event)?.type === "m.thread");
  const lastReplies = new Map(replies.map((reply) => [relationOf(reply)!.parent, reply]));
  const roots = new Map(visible.map((event) => [event.eventId, event]));
  const rootOf = (reply: RoomEvent) => roots.get(relationOf(reply)!.parent);
  const isOwn = (root: RoomEvent) =>
    root.sender === userId || replies.some((reply) => reply.sender === userId && rootOf(reply) === root);
  const { chunk, next } = readPage(c, visible, (event) => {
    const root = relationOf(event) && rootOf(event);
    if (root === undefined || lastReplies.get(root.eventId) !== event) return false;
    return c.req.query("include") !== "participated" || isOwn(root);
  });
  const shown = chunk.map((reply) => rootOf(reply)!);
  return c.json({ chunk: await serialise(c, caller, shown), ...(next !== undefined && { next_batch: next }) });
});

/** What an event says of another one. */
function relationOf({ content }: RoomEvent): { readonly type: string; readonly parent: EventId } | undefined {
  const relation = content["m.relates_to"];
  if (!isObject(relation)) return undefined;
  const { rel_type: type, event_id: parent } = relation;
  return typeof type === "string" && typeof parent === "string" ? { type, parent: parent as EventId } : undefined;
}
