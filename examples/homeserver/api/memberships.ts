import { Hono } from "hono";
import { MatrixError, type JsonObject, type UserId } from "ligand";
import { eventIdOrPretence, type Caller, type MembershipRequest } from "ligand/homeserver";
import { invalid, mediumIn, optionalTextIn, textIn } from "./fields.js";
import { authenticate, pathRoom, pathText, readJson, userIdOf, type ClientContext, type Env } from "./request.js";

/** Who is in a room. */
export const memberships = new Hono<Env>();

memberships.post("/join/:roomIdOrAlias", (c) => join(c, pathText(c, "roomIdOrAlias")));
memberships.post("/rooms/:roomId/join", (c) => join(c, pathRoom(c)));

memberships.post("/rooms/:roomId/invite", async (c) => {
  const caller = await authenticate(c);
  const body = await readJson(c);
  const { memberships: pipeline, threepidInvites } = c.var.homeserver;
  const roomId = pathRoom(c);
  await eventIdOrPretence(() => {
    if (body.medium === undefined) {
      const target = userIdOf(textIn(body, "user_id"));
      return pipeline.change(caller, { roomId, target, membership: "invite", content: reasonIn(body) });
    }
    return threepidInvites.invite(caller, roomId, { medium: mediumIn(body), address: textIn(body, "address") });
  });
  return c.json({});
});

memberships.post("/rooms/:roomId/leave", (c) => change(c, "leave", ({ requester }) => requester.userId));
memberships.post("/rooms/:roomId/kick", (c) => change(c, "leave"));
memberships.post("/rooms/:roomId/ban", (c) => change(c, "ban"));
memberships.post("/rooms/:roomId/unban", (c) => change(c, "leave"));

/** Others do not see it, and the user sees no more of the room. (Specification, "Leaving rooms".) */
memberships.post("/rooms/:roomId/forget", async (c) => {
  const { userId } = (await authenticate(c)).requester;
  const roomId = pathRoom(c);
  const { store, storage } = c.var.homeserver;
  const member = await store.stateEvent(roomId, "m.room.member", userId);
  if (member?.membership !== "leave" && member?.membership !== "ban") {
    throw new MatrixError(400, `User ${userId} has not left room ${roomId}`);
  }
  await storage.forgotten.put({ userId, roomId, eventId: member.eventId });
  return c.json({});
});

memberships.get("/joined_rooms", async (c) => {
  const { requester } = await authenticate(c);
  const all = await c.var.homeserver.store.membershipsOf(requester.userId);
  return c.json({
    joined_rooms: Array.from(all).flatMap(([roomId, membership]) => (membership === "join" ? [roomId] : [])),
  });
});

async function join(c: ClientContext, roomIdOrAlias: string): Promise<Response> {
  const caller = await authenticate(c);
  if (!/^[!#]/.test(roomIdOrAlias)) throw invalid("Expected the id or an alias of a room");
  const event = await c.var.homeserver.memberships.join(caller, roomIdOrAlias);
  return c.json({ room_id: event.roomId });
}

async function change(
  c: ClientContext,
  membership: MembershipRequest["membership"],
  targetOf = (_: Caller, body: JsonObject): UserId => userIdOf(textIn(body, "user_id")),
): Promise<Response> {
  const caller = await authenticate(c);
  const body = await readJson(c);
  const target = targetOf(caller, body);
  const wanted = { roomId: pathRoom(c), target, membership, content: reasonIn(body) };
  await c.var.homeserver.memberships.change(caller, wanted);
  return c.json({});
}

function reasonIn(body: JsonObject): { reason?: string } {
  const reason = optionalTextIn(body, "reason");
  return reason === undefined ? {} : { reason };
}
