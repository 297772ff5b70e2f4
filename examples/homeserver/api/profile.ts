import { Hono } from "hono";
import { Codes, MatrixError, NotFoundError, type MxcUri } from "ligand";
import { invalid, optionalTextIn, textIn } from "./fields.js";
import { authenticate, pathText, pathUser, readJson, type ClientContext, type Env } from "./request.js";

/** Names and pictures of users, and the search for them. */
export const profile = new Hono<Env>();

profile.get("/profile/:userId", async (c) => c.json(await readProfile(c)));

profile.get("/profile/:userId/:key", async (c) => {
  const key = keyOf(c);
  const { [key]: value } = await readProfile(c);
  if (value === undefined) throw new NotFoundError(`The profile has no ${key}`);
  return c.json({ [key]: value });
});

profile.put("/profile/:userId/:key", async (c) => {
  const { requester, context } = await authenticate(c);
  const key = keyOf(c);
  const value = optionalTextIn(await readJson(c), key) ?? null;
  if (key === "avatar_url" && value !== null && value !== "" && !value.startsWith("mxc://")) {
    throw invalid("avatar_url is no mxc:// address");
  }
  const change = key === "displayname" ? { displayName: value } : { avatarUrl: value as MxcUri | null };
  await c.var.homeserver.profileChanges.changeAs(requester.userId, pathUser(c), change, context);
  return c.json({});
});

profile.post("/user_directory/search", async (c) => {
  const caller = await authenticate(c);
  const body = await readJson(c);
  const { limit = 10 } = body;
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 0)
    throw invalid("limit isn't a non-negative integer");
  const term = textIn(body, "search_term");
  return c.json(await c.var.homeserver.userDirectory.search(caller, term, Math.min(limit, 50)));
});

type Profile = Partial<Record<"displayname" | "avatar_url", string>>;

async function readProfile(c: ClientContext): Promise<Profile> {
  const { homeserver } = c.var;
  const userId = pathUser(c);
  if (!homeserver.server.isMine(userId)) throw new NotFoundError("There is no federation");
  const { displayName, avatarUrl } = (await homeserver.storage.profiles.get({ userId })) ?? missing(userId);
  return {
    ...(displayName !== null && { displayname: displayName }),
    ...(avatarUrl !== null && { avatar_url: avatarUrl }),
  };
}

function missing(userId: string): never {
  throw new NotFoundError(`User ${userId} has no profile`);
}

function keyOf(c: ClientContext): "displayname" | "avatar_url" {
  const key = pathText(c, "key");
  if (key === "displayname" || key === "avatar_url") return key;
  throw new MatrixError(404, "This server has no such profile field", Codes.UNRECOGNIZED);
}
