import { Hono } from "hono";
import { Codes, MatrixError, NotFoundError, type RoomId } from "ligand";
import { authenticate, pathRoom, pathSelf, pathText, readJson, type ClientContext, type Env } from "./request.js";

/** What clients of a user tell each other. */
export const accountData = new Hono<Env>();

/** Types that have endpoints of their own. */
const OWN_ENDPOINT: readonly string[] = ["m.fully_read", "m.push_rules"];

accountData.get("/user/:userId/account_data/:type", (c) => read(c, null));
accountData.put("/user/:userId/account_data/:type", (c) => write(c, null));
accountData.get("/user/:userId/rooms/:roomId/account_data/:type", (c) => read(c, pathRoom(c)));
accountData.put("/user/:userId/rooms/:roomId/account_data/:type", (c) => write(c, pathRoom(c)));

accountData.get("/user/:userId/rooms/:roomId/tags", async (c) => {
  const userId = pathSelf(c, await authenticate(c));
  return c.json((await c.var.homeserver.accountData.read(userId, pathRoom(c), "m.tag")) ?? { tags: {} });
});

accountData.put("/user/:userId/rooms/:roomId/tags/:tag", async (c) => {
  const userId = pathSelf(c, await authenticate(c));
  await c.var.homeserver.accountData.setTag(userId, pathRoom(c), pathText(c, "tag"), await readJson(c));
  return c.json({});
});

accountData.delete("/user/:userId/rooms/:roomId/tags/:tag", async (c) => {
  const userId = pathSelf(c, await authenticate(c));
  await c.var.homeserver.accountData.removeTag(userId, pathRoom(c), pathText(c, "tag"));
  return c.json({});
});

async function read(c: ClientContext, roomId: RoomId | null): Promise<Response> {
  const userId = pathSelf(c, await authenticate(c));
  const data = await c.var.homeserver.accountData.read(userId, roomId, pathText(c, "type"));
  if (data === null) throw new NotFoundError("There is no such account data");
  return c.json(data);
}

async function write(c: ClientContext, roomId: RoomId | null): Promise<Response> {
  const caller = await authenticate(c);
  const userId = pathSelf(c, caller);
  const type = pathText(c, "type");
  if (OWN_ENDPOINT.includes(type)) throw new MatrixError(405, `${type} cannot be set here`, Codes.BAD_JSON);
  await c.var.homeserver.accountData.write(userId, roomId, type, await readJson(c), caller.context);
  return c.json({});
}
