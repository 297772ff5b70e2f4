import { Hono } from "hono";
import { RoomAlias, type JsonObject, type RoomId } from "ligand";
import type { Homeserver } from "ligand/homeserver";
import { invalid, isObject, optionalTextIn, textIn } from "./fields.js";
import { authenticate, pathRoom, pathText, queryNumber, readJson, type ClientContext, type Env } from "./request.js";

/** Aliases, and the list of public rooms. */
export const directory = new Hono<Env>();

directory.put("/directory/room/:alias", async (c) => {
  const caller = await authenticate(c);
  const roomId = textIn(await readJson(c), "room_id") as RoomId;
  await c.var.homeserver.store.room(roomId);
  await c.var.homeserver.directory.createAlias(caller, aliasOf(c), roomId);
  return c.json({});
});

directory.get("/directory/room/:alias", async (c) => {
  const { roomId, hosts } = await c.var.homeserver.services.rooms.lookupRoomAlias(aliasOf(c).toString());
  return c.json({ room_id: roomId, servers: hosts });
});

directory.delete("/directory/room/:alias", async (c) => {
  await c.var.homeserver.directory.deleteAlias(await authenticate(c), aliasOf(c));
  return c.json({});
});

directory.get("/rooms/:roomId/aliases", async (c) => {
  const { requester } = await authenticate(c);
  const roomId = pathRoom(c);
  await c.var.homeserver.events.requireJoined(roomId, requester.userId);
  const rows = await c.var.homeserver.storage.aliases.find({ roomId });
  return c.json({ aliases: rows.map(({ alias }) => alias) });
});

directory.get("/directory/list/room/:roomId", async (c) => {
  const { isPublic } = await c.var.homeserver.store.room(pathRoom(c));
  return c.json({ visibility: isPublic ? "public" : "private" });
});

directory.put("/directory/list/room/:roomId", async (c) => {
  const caller = await authenticate(c);
  const visibility = optionalTextIn(await readJson(c), "visibility") ?? "public";
  // The pipeline checks it, after it has asked modules.
  await c.var.homeserver.directory.setVisibility(caller, pathRoom(c), visibility as "public");
  return c.json({});
});

directory.get("/publicRooms", async (c) => {
  const offset = queryNumber(c, "since", 0, Number.MAX_SAFE_INTEGER);
  return c.json(await publicRooms(c.var.homeserver, { offset, limit: queryNumber(c, "limit", 50, 200), term: "" }));
});

directory.post("/publicRooms", async (c) => {
  await authenticate(c);
  const { limit = 50, since = "0", filter = {} } = await readJson(c);
  if (typeof limit !== "number" || limit < 0) throw invalid("limit is not a number");
  if (typeof since !== "string" || !/^\d{1,15}$/.test(since)) throw invalid("since is no token of this list");
  if (!isObject(filter)) throw invalid("filter is not an object");
  const term = optionalTextIn(filter, "generic_search_term") ?? "";
  return c.json(await publicRooms(c.var.homeserver, { offset: Number(since), limit: Math.min(limit, 200), term }));
});

interface Page {
  readonly offset: number;
  readonly limit: number;
  readonly term: string;
}

/** The rooms of the list, those with most members first. */
async function publicRooms(homeserver: Homeserver, { offset, limit, term }: Page): Promise<JsonObject> {
  const rows = await homeserver.storage.rooms.find({ isPublic: true });
  const all = await Promise.all(rows.map(({ roomId }) => summaryOf(homeserver, roomId)));
  const texts = (room: JsonObject) => [room.name, room.topic, room.canonical_alias].join("\n").toLowerCase();
  const found = all.filter((room) => texts(room).includes(term.toLowerCase()));
  found.sort((one, other) => Number(other.num_joined_members) - Number(one.num_joined_members));
  const end = offset + limit;
  return {
    chunk: found.slice(offset, end),
    total_room_count_estimate: found.length,
    ...(offset > 0 && { prev_batch: String(Math.max(0, offset - limit)) }),
    ...(end < found.length && { next_batch: String(end) }),
  };
}

async function summaryOf(homeserver: Homeserver, roomId: RoomId): Promise<JsonObject> {
  const state = await homeserver.store.state(roomId);
  const members = Array.from(state.ofType("m.room.member").values());
  const text = (name: string, type: string, key: string) => {
    const value = state.get(type)?.content[key];
    return typeof value === "string" ? { [name]: value } : {};
  };
  return {
    room_id: roomId,
    ...text("name", "m.room.name", "name"),
    ...text("topic", "m.room.topic", "topic"),
    ...text("join_rule", "m.room.join_rules", "join_rule"),
    ...text("canonical_alias", "m.room.canonical_alias", "alias"),
    ...text("avatar_url", "m.room.avatar", "url"),
    num_joined_members: members.filter(({ membership }) => membership === "join").length,
    world_readable: state.get("m.room.history_visibility")?.content.history_visibility === "world_readable",
    guest_can_join: state.get("m.room.guest_access")?.content.guest_access === "can_join",
  };
}

function aliasOf(c: ClientContext): RoomAlias {
  return RoomAlias.fromString(pathText(c, "alias"));
}
