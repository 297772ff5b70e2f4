import { Hono } from "hono";
import type { EventId } from "ligand";
import type { Caller } from "ligand/homeserver";
import { flagIn, invalid, optionalTextIn } from "./fields.js";
import {
  authenticate,
  pathEvent,
  pathRoom,
  pathSelf,
  pathText,
  readJson,
  type ClientContext,
  type Env,
} from "./request.js";

/** Who types, and how far users have read. */
export const ephemeral = new Hono<Env>();

const MAX_TYPING_MS = 120_000;

ephemeral.put("/rooms/:roomId/typing/:userId", async (c) => {
  const userId = pathSelf(c, await authenticate(c));
  const body = await readJson(c);
  const { timeout = 30_000 } = body;
  if (typeof timeout !== "number" || !Number.isInteger(timeout) || timeout < 0) {
    throw invalid("timeout is not a number of milliseconds");
  }
  await c.var.homeserver.events.requireJoined(pathRoom(c), userId);
  const timeoutMs = flagIn(body, "typing") ? Math.min(timeout, MAX_TYPING_MS) : 0;
  await c.var.sync.ephemeral.setTyping(pathRoom(c), userId, timeoutMs);
  return c.json({});
});

ephemeral.post("/rooms/:roomId/receipt/:type/:eventId", async (c) => {
  const caller = await authenticate(c);
  const threadId = optionalTextIn(await readJson(c), "thread_id");
  await mark(c, caller, pathText(c, "type"), pathEvent(c), threadId);
  return c.json({});
});

ephemeral.post("/rooms/:roomId/read_markers", async (c) => {
  const caller = await authenticate(c);
  const body = await readJson(c);
  for (const type of ["m.fully_read", "m.read", "m.read.private"]) {
    const eventId = optionalTextIn(body, type);
    if (eventId !== undefined) await mark(c, caller, type, eventId as EventId);
  }
  return c.json({});
});

/** The fully-read marker is for the user's own clients, and modules are notified; a receipt is for other users. */
async function mark(
  c: ClientContext,
  { requester, context }: Caller,
  type: string,
  eventId: EventId,
  threadId = "",
): Promise<void> {
  const { homeserver, sync } = c.var;
  const { userId } = requester;
  const roomId = pathRoom(c);
  await homeserver.events.requireJoined(roomId, userId);
  if (type === "m.fully_read") {
    await homeserver.accountData.write(userId, roomId, type, { event_id: eventId }, context);
  } else if (type === "m.read" || type === "m.read.private") {
    await sync.ephemeral.markRead({ roomId, userId, type, threadId }, eventId);
  } else {
    throw invalid(`${type} is no kind of receipt; expected m.read, m.read.private or m.fully_read`);
  }
}
