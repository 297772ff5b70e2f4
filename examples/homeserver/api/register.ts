import { Hono } from "hono";
import { Codes, MatrixError } from "ligand";
import { textIn } from "./fields.js";
import { contextOf, originOf, readJson, type ClientContext, type Env } from "./request.js";

/** Registers accounts, and verifies e-mail addresses. */
export const register = new Hono<Env>();

register.post("/register", async (c) => {
  const { clientRegistration } = c.var.homeserver;
  const kind = c.req.query("kind") ?? "user";
  if (kind === "guest") return c.json(await clientRegistration.registerGuest(contextOf(c)));
  if (kind !== "user") throw new MatrixError(400, "kind is neither user nor guest", Codes.INVALID_PARAM);
  return c.json(await clientRegistration.register(await readJson(c), originOf(c), contextOf(c)));
});

/** Whether a name is free. */
register.get("/register/available", async (c) => {
  const username = c.req.query("username");
  if (username === undefined) throw new MatrixError(400, "username is missing", Codes.MISSING_PARAM);
  await c.var.homeserver.services.registration.checkUsername(username);
  return c.json({ available: true });
});

register.post("/register/email/requestToken", (c) => requestToken(c, true));
register.post("/account/3pid/email/requestToken", (c) => requestToken(c, false));

/** The token arrives by mail: in the outbox of the server. */
async function requestToken(c: ClientContext, registration: boolean): Promise<Response> {
  const body = await readJson(c);
  const wanted = {
    medium: "email",
    address: textIn(body, "email"),
    clientSecret: textIn(body, "client_secret"),
  } as const;
  const { threepids, server } = c.var.homeserver;
  const sid = await threepids.requestToken(wanted, registration, contextOf(c));
  return c.json({ sid, submit_url: `${server.publicBaseUrl}_matrix/client/v3/register/email/submitToken` });
}

register.post("/register/email/submitToken", async (c) => {
  const body = await readJson(c);
  const success = await c.var.homeserver.threepids.submitToken(textIn(body, "sid"), textIn(body, "token"));
  return c.json({ success });
});
