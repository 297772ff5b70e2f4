import { Hono } from "hono";
import { textIn } from "./fields.js";
import { authenticate, pathRoom, readJson, type Env } from "./request.js";

/** New rooms. */
export const rooms = new Hono<Env>();

rooms.post("/createRoom", async (c) => {
  const caller = await authenticate(c);
  const { roomId } = await c.var.homeserver.roomCreation.create(caller, await readJson(c));
  return c.json({ room_id: roomId });
});

rooms.post("/rooms/:roomId/upgrade", async (c) => {
  const caller = await authenticate(c);
  const version = textIn(await readJson(c), "new_version");
  const replacement = await c.var.homeserver.roomUpgrade.upgrade(caller, pathRoom(c), version);
  return c.json({ replacement_room: replacement });
});
