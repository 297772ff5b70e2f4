import { Hono } from "hono";
import { authenticate, contextOf, originOf, readJson, type Env } from "./request.js";

/** Logging in and out. */
export const login = new Hono<Env>();

login.get("/login", (c) => c.json({ flows: c.var.homeserver.login.flows() }));

login.post("/login", async (c) => {
  const body = await readJson(c);
  return c.json(await c.var.homeserver.login.logIn(body, originOf(c), contextOf(c)));
});

/** Whose account has expired may log out, too. */
login.post("/logout", async (c) => {
  await authenticate(c, { allowExpired: true });
  const token = c.req.header("authorization")?.replace(/^Bearer /, "") ?? c.req.query("access_token") ?? "";
  await c.var.homeserver.sessions.logOut(token, contextOf(c));
  return c.json({});
});

login.post("/logout/all", async (c) => {
  const { requester, context } = await authenticate(c, { allowExpired: true });
  await c.var.homeserver.sessions.logOutAll(requester.userId, context);
  return c.json({});
});
