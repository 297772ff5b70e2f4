import { Hono } from "hono";
import { NotFoundError, type PresenceState } from "ligand";
import { invalid, optionalTextIn, textIn } from "./fields.js";
import { authenticate, pathSelf, pathUser, readJson, type Env } from "./request.js";

const STATES: readonly string[] = ["online", "offline", "unavailable"] satisfies PresenceState[];

/** Who is online. */
export const presence = new Hono<Env>();

presence.put("/presence/:userId/status", async (c) => {
  const caller = await authenticate(c);
  const userId = pathSelf(c, caller);
  const body = await readJson(c);
  const state = presenceStateOf(textIn(body, "presence"));
  const statusMsg = optionalTextIn(body, "status_msg") ?? null;
  await c.var.homeserver.presence.set(new Map([[userId, { state, statusMsg }]]), caller.context);
  return c.json({});
});

presence.get("/presence/:userId/status", async (c) => {
  await authenticate(c);
  const row = await c.var.homeserver.storage.presence.get({ userId: pathUser(c) });
  if (!row) throw new NotFoundError("Nothing is known of the user's presence");
  return c.json({
    presence: row.state,
    currently_active: row.currentlyActive,
    last_active_ago: c.var.homeserver.clock.nowMs() - row.lastActiveTs,
    ...(row.statusMsg !== null && { status_msg: row.statusMsg }),
  });
});

/** @throws {MatrixError} 400 `M_INVALID_PARAM`. */
export function presenceStateOf(text: string): PresenceState {
  if (!STATES.includes(text)) throw invalid("presence is none of online, unavailable and offline");
  return text as PresenceState;
}
