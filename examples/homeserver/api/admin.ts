import { Hono } from "hono";
import { Codes, MatrixError, NotFoundError, type JsonObject, type MxcUri, type UserId } from "ligand";
import type { Caller } from "ligand/homeserver";
import { flagIn, invalid, isObject, mediumIn, optionalTextIn, textIn } from "./fields.js";
import { inTime } from "./in-time.js";
import { authenticate, pathRoom, pathUser, readJson, type ClientContext, type Env } from "./request.js";

/** Administrators' requests, as in Synapse's admin API. */
export const admin = new Hono<Env>();

admin.delete("/v1/rooms/:roomId", async (c) => {
  const { requester, context } = await authenticateAdmin(c);
  await c.var.homeserver.roomShutdown.shutDown(requester.userId, pathRoom(c), context);
  return c.json({});
});

admin.delete("/v2/rooms/:roomId", async (c) => {
  const { requester, context } = await authenticateAdmin(c);
  await c.var.homeserver.roomShutdown.schedule(requester.userId, pathRoom(c), context);
  return c.json({ delete_id: context.requestId ?? "" });
});

admin.post("/v1/deactivate/:userId", async (c) => {
  const { context } = await authenticateAdmin(c);
  const erase = flagIn(await readJson(c), "erase");
  await c.var.homeserver.deactivation.deactivate(pathUser(c), { byAdmin: true, erase, context });
  return c.json({ id_server_unbind_result: "no-support" });
});

/** Changes an account that there is: names, addresses, whether it is active. */
admin.put("/v2/users/:userId", async (c) => {
  const { context } = await authenticateAdmin(c);
  const { homeserver } = c.var;
  const userId = pathUser(c);
  const body = await readJson(c);
  const { isDeactivated } = await userOf(c, userId);
  const displayName = optionalTextIn(body, "displayname");
  const avatarUrl = optionalTextIn(body, "avatar_url") as MxcUri | undefined;
  const change = homeserver.profileChanges.change.bind(homeserver.profileChanges, userId);
  if (displayName !== undefined) await change({ displayName }, { byAdmin: true, context });
  if (avatarUrl !== undefined) await change({ avatarUrl }, { byAdmin: true, context });
  if (body.threepids !== undefined) await setThreepids(c, userId, body.threepids, context);
  if (body.deactivated !== undefined && flagIn(body, "deactivated") !== isDeactivated) {
    if (isDeactivated) await homeserver.deactivation.reactivate(userId, textIn(body, "password"), context);
    else await homeserver.deactivation.deactivate(userId, { byAdmin: true, context });
  }
  return c.json({ name: userId, deactivated: (await userOf(c, userId)).isDeactivated });
});

/** When an account ends. The pipeline reads the body, since a module that owns the question answers the whole request. */
admin.post("/v1/account_validity/validity", async (c) => {
  const { context } = await authenticateAdmin(c);
  return c.json(await inTime(c.var.homeserver.accountRenewal.administer(c.req.raw, context)));
});

async function authenticateAdmin(c: ClientContext): Promise<Caller> {
  const caller = await authenticate(c);
  if (await c.var.homeserver.administrators.isAdmin(caller.requester)) return caller;
  throw new MatrixError(403, "You're not a server administrator", Codes.FORBIDDEN);
}

async function userOf(c: ClientContext, userId: UserId) {
  const user = await c.var.homeserver.storage.users.get({ userId });
  if (!user) throw new NotFoundError(`User ${userId} doesn't exist`);
  return user;
}

/** Adds the addresses that are new, and removes those that are not there any more. */
async function setThreepids(
  c: ClientContext,
  userId: UserId,
  value: unknown,
  context: Caller["context"],
): Promise<void> {
  if (!Array.isArray(value) || !value.every(isObject)) throw invalid("threepids is not a list of addresses");
  const { threepids, storage } = c.var.homeserver;
  const wanted = value.map((threepid: JsonObject) => ({
    medium: mediumIn(threepid),
    address: textIn(threepid, "address"),
  }));
  const isIn = (list: readonly { medium: string; address: string }[]) => (one: { medium: string; address: string }) =>
    list.some(({ medium, address }) => medium === one.medium && address === one.address);
  const current = await storage.threepids.find({ userId });
  for (const { medium, address } of current) {
    if (!isIn(wanted)({ medium, address })) await threepids.remove(userId, medium, address, context);
  }
  for (const threepid of wanted) {
    if (!isIn(current)(threepid)) await threepids.add(userId, threepid.medium, threepid.address, context);
  }
}
