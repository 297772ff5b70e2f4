import { Hono } from "hono";
import type { AccountStatus } from "ligand/homeserver";
import { invalid } from "./fields.js";
import { authenticate, contextOf, readJson, userIdOf, type Env } from "./request.js";

/** Accounts that expire: Synapse's endpoints, which the Matrix specification doesn't have. */
export const accountValidity = new Hono<Env>();

accountValidity.post("/account_validity/send_mail", async (c) => {
  const { requester, context } = await authenticate(c, { allowExpired: true });
  await c.var.homeserver.accountRenewal.sendMail(requester.userId, context);
  return c.json({});
});

accountValidity.get("/account_validity/renew", (c) =>
  c.var.homeserver.accountRenewal.renew(c.req.query("token") ?? "", contextOf(c)),
);

accountValidity.post("/org.matrix.msc3720/account_status", async (c) => {
  const { context } = await authenticate(c);
  const { user_ids: userIds } = await readJson(c);
  if (!Array.isArray(userIds) || !userIds.every((id) => typeof id === "string")) {
    throw invalid("user_ids is not a list of user ids");
  }
  const statuses: Record<string, AccountStatus> = {};
  const failures: string[] = [];
  for (const userId of userIds.map(userIdOf)) {
    if (!c.var.homeserver.server.isMine(userId)) failures.push(userId);
    else statuses[userId] = await c.var.homeserver.accountStatuses.of(userId, context);
  }
  return c.json({ account_statuses: statuses, failures });
});
