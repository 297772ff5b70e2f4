import { Hono } from "hono";
import { Position } from "../sync/position.js";
import { filterOf, filters } from "./filters.js";
import { presenceStateOf } from "./presence.js";
import { authenticate, queryNumber, type Env } from "./request.js";

const MAX_TIMEOUT_MS = 60_000;

/** What is new. */
export const sync = new Hono<Env>();
sync.route("/", filters);

sync.get("/sync", async (c) => {
  const caller = await authenticate(c);
  const { since, filter, set_presence: presence, full_state: fullState } = c.req.query();
  const { userId } = caller.requester;
  // Unless asked to, a sync changes no presence: nothing would find out that it has become stale.
  if (presence !== undefined) {
    const state = presenceStateOf(presence);
    const known = await c.var.homeserver.storage.presence.get({ userId });
    if (known?.state !== state) {
      const update = { state, statusMsg: known?.statusMsg ?? null };
      await c.var.homeserver.presence.set(new Map([[userId, update]]), caller.context);
    }
  }
  const response = await c.var.sync.read(
    caller,
    {
      since: since === undefined || since === "" ? undefined : Position.parse(since),
      timeoutMs: queryNumber(c, "timeout", 0, MAX_TIMEOUT_MS),
      fullState: fullState === "true",
      filter: await filterOf(c, caller, filter),
    },
    c.req.raw.signal,
  );
  return c.json(response);
});
