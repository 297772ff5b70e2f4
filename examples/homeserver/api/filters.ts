import { Hono } from "hono";
import { NotFoundError, type JsonObject } from "ligand";
import type { Caller } from "ligand/homeserver";
import { invalid, isObject } from "./fields.js";
import { authenticate, pathSelf, pathText, readJson, type ClientContext, type Env } from "./request.js";
import { refuseUnusable } from "./usable.js";

/** What clients want to receive. */
export const filters = new Hono<Env>();

filters.post("/user/:userId/filter", async (c) => {
  const userId = pathSelf(c, await authenticate(c));
  const filter = await readJson(c);
  const filterId = String(await c.var.homeserver.storage.next("filters"));
  await c.var.homeserver.storage.filters.put({ userId, filterId, filter });
  return c.json({ filter_id: filterId });
});

filters.get("/user/:userId/filter/:filterId", async (c) => {
  const caller = await authenticate(c);
  pathSelf(c, caller);
  return c.json(await storedFilter(c, caller, pathText(c, "filterId")));
});

/** A filter as a query gives it: JSON, or the id of a stored one. */
export async function filterOf(c: ClientContext, caller: Caller, text: string | undefined): Promise<JsonObject> {
  if (text === undefined || text === "") return {};
  if (!text.startsWith("{")) return storedFilter(c, caller, text);
  try {
    const filter: unknown = JSON.parse(text);
    refuseUnusable(filter);
    if (isObject(filter)) return filter;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid("filter is not JSON");
}

async function storedFilter(c: ClientContext, { requester }: Caller, filterId: string): Promise<JsonObject> {
  const row = await c.var.homeserver.storage.filters.get({ userId: requester.userId, filterId });
  if (!row) throw new NotFoundError(`There is no filter ${filterId}`);
  return row.filter;
}
