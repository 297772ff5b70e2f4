import { Hono } from "hono";
import { Codes, MatrixError, NotFoundError, type UserId } from "ligand";
import { confirmed } from "./account.js";
import { optionalTextIn } from "./fields.js";
import { authenticate, pathText, readJson, type ClientContext, type Env } from "./request.js";

/** The devices on which a user is logged in. */
export const devices = new Hono<Env>();

devices.get("/devices", async (c) => {
  const { requester } = await authenticate(c);
  const rows = await c.var.homeserver.storage.devices.find({ userId: requester.userId });
  return c.json({ devices: rows.map(toJson) });
});

devices.get("/devices/:deviceId", async (c) => {
  const { requester } = await authenticate(c);
  return c.json(toJson(await deviceOf(c, requester.userId)));
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

function toJson({ deviceId, displayName }: { readonly deviceId: string; readonly displayName: string | null }) {
  return { device_id: deviceId, ...(displayName !== null && { display_name: displayName }) };
}
