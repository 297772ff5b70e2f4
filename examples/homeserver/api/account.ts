import { Hono } from "hono";
import type { JsonObject } from "ligand";
import type { Caller } from "ligand/homeserver";
import { flagIn, mediumIn, optionalObjectIn, textIn } from "./fields.js";
import { authenticate, readJson, type ClientContext, type Env } from "./request.js";

/** One's own account. */
export const account = new Hono<Env>();

account.get("/account/whoami", async (c) => {
  const { userId, deviceId, isGuest } = (await authenticate(c)).requester;
  return c.json({ user_id: userId, is_guest: isGuest, ...(deviceId !== null && { device_id: deviceId }) });
});

account.post("/account/deactivate", async (c) => {
  const { caller, body } = await confirmed(c);
  const { requester, context } = caller;
  const erase = flagIn(body, "erase");
  await c.var.homeserver.deactivation.deactivate(requester.userId, { byAdmin: false, erase, context });
  return c.json({ id_server_unbind_result: "no-support" });
});

account.get("/account/3pid", async (c) => {
  const { requester } = await authenticate(c);
  const threepids = await c.var.homeserver.services.users.getThreepidsForUser(requester.userId);
  const json = threepids.map(({ medium, address, addedAt, validatedAt }) => ({
    medium,
    address,
    added_at: addedAt,
    validated_at: validatedAt,
  }));
  return c.json({ threepids: json });
});

account.post("/account/3pid/add", async (c) => {
  const { caller, body } = await confirmed(c);
  const { threepids } = c.var.homeserver;
  const { medium, address } = await threepids.proven(textIn(body, "sid"), textIn(body, "client_secret"));
  await threepids.add(caller.requester.userId, medium, address, caller.context);
  return c.json({});
});

account.post("/account/3pid/delete", async (c) => {
  const { requester, context } = await authenticate(c);
  const body = await readJson(c);
  const { threepids } = c.var.homeserver;
  await threepids.remove(requester.userId, mediumIn(body), textIn(body, "address"), context);
  return c.json({ id_server_unbind_result: "no-support" });
});

/** A request of a user who has reauthenticated. (Specification, "User-Interactive Authentication") */
export async function confirmed(c: ClientContext): Promise<{ caller: Caller; body: JsonObject }> {
  const caller = await authenticate(c);
  const body = await readJson(c);
  const { interactiveAuth } = c.var.homeserver;
  await interactiveAuth.confirm(caller.requester.userId, optionalObjectIn(body, "auth"), caller.context);
  return { caller, body };
}
