import { Hono } from "hono";
import { Codes, MatrixError, NotFoundError, type JsonObject, type UserId } from "ligand";
import type { DeviceRow } from "ligand/homeserver";
import { confirmed } from "./account.js";
import { optionalTextIn } from "./fields.js";
import { authenticate, pathText, readJson, type ClientContext, type Env } from "./request.js";

/** The devices on which a user is logged in. */
export const devices = new Hono<Env>();

devices.get("/devices", async (c) => {
  const { requester } = await authenticate(c);
  const rows = await c.var.homeserver.storage.devices.find({ userId: requester.userId });
  return c.json({ devices: await Promise.all(rows.map((row) => toJson(c, row))) });
});

devices.get("/devices/:deviceId", async (c) => {
  const { requester } = await authenticate(c);
  return c.json(await toJson(c, await deviceOf(c, requester.userId)));
});

devices.put("/devices/:deviceId", async (c) => {
  const { requester } = await authenticate(c);
  const device = await deviceOf(c, requester.userId);
  const displayName = optionalTextIn(await readJson(c), "display_name") ?? device.displayName;
  await c.var.homeserver.storage.devices.put({ ...device, displayName });
  return c.json({});
});

devices.delete("/devices/:deviceId", async (c) => {
  const { caller } = await confirmed(c);
  const { userId } = caller.requester;
  await c.var.homeserver.sessions.deleteDevices(userId, [pathText(c, "deviceId")], caller.context);
  return c.json({});
});

devices.post("/delete_devices", async (c) => {
  const { caller, body } = await confirmed(c);
  const ids = body.devices;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) {
    throw new MatrixError(400, "devices is not a list of device ids", Codes.INVALID_PARAM);
  }
  await c.var.homeserver.sessions.deleteDevices(caller.requester.userId, ids, caller.context);
  return c.json({});
});

async function deviceOf(c: ClientContext, userId: UserId) {
  const deviceId = pathText(c, "deviceId");
  const device = await c.var.homeserver.storage.devices.get({ userId, deviceId });
  if (!device) throw new NotFoundError(`There is no device ${deviceId}`);
  return device;
}

/** With all keys, since there are clients that refuse a device without one of them. */
async function toJson(c: ClientContext, { userId, deviceId, displayName }: Readonly<DeviceRow>): Promise<JsonObject> {
  const { tokens, connections } = c.var.homeserver.storage;
  const own = (await tokens.find({ userId, deviceId })).map(({ id }) => String(id));
  const seen = (await connections.find({ userId })).filter(({ token }) => own.includes(token));
  const last = seen.toSorted((one, other) => one.lastSeen - other.lastSeen).at(-1);
  return {
    device_id: deviceId,
    user_id: userId,
    display_name: displayName,
    last_seen_ip: last?.ip ?? null,
    last_seen_ts: last?.lastSeen ?? null,
  };
}
