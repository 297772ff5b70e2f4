import { Hono } from "hono";
import type { DeviceId, JsonObject, UserId } from "ligand";
import { invalid, isObject, optionalObjectIn } from "./fields.js";
import { authenticate, readJson, userIdOf, type ClientContext, type Env } from "./request.js";

/** The keys of devices: kept and shown, so that clients with encryption begin. Nothing here encrypts. */
export const keys = new Hono<Env>();

keys.post("/keys/upload", async (c) => {
  const { userId, deviceId } = (await authenticate(c)).requester;
  if (deviceId === null) throw invalid("Keys belong to a device, and this access token has none");
  const body = await readJson(c);
  const deviceKeys = optionalObjectIn(body, "device_keys");
  const added = optionalObjectIn(body, "one_time_keys") ?? {};
  const row = await c.var.homeserver.storage.transact(async ({ deviceKeys: rows }) => {
    const old = await rows.get({ userId, deviceId });
    const oneTimeKeys = { ...old?.oneTimeKeys, ...added };
    const changed = { userId, deviceId, keys: deviceKeys ?? old?.keys ?? null, oneTimeKeys };
    await rows.put(changed);
    return changed;
  });
  return c.json({ one_time_key_counts: countsOf(row.oneTimeKeys) });
});

keys.post("/keys/query", async (c) => {
  await authenticate(c);
  const wanted = optionalObjectIn(await readJson(c), "device_keys") ?? {};
  const found: Record<UserId, Record<DeviceId, JsonObject>> = {};
  for (const [name, deviceIds] of Object.entries(wanted)) {
    if (!Array.isArray(deviceIds)) throw invalid(`device_keys of ${name} is not a list of device ids`);
    const userId = userIdOf(name);
    if (c.var.homeserver.server.isMine(userId)) found[userId] = await keysOf(c, userId, deviceIds);
  }
  return c.json({ device_keys: found, failures: {} });
});

/** The keys of some of a user's devices; an empty list stands for all. */
async function keysOf(
  c: ClientContext,
  userId: UserId,
  deviceIds: readonly unknown[],
): Promise<Record<DeviceId, JsonObject>> {
  const { devices, deviceKeys } = c.var.homeserver.storage;
  const found: Record<DeviceId, JsonObject> = {};
  for (const { deviceId, keys: uploaded } of await deviceKeys.find({ userId })) {
    if (uploaded === null || (deviceIds.length > 0 && !deviceIds.includes(deviceId))) continue;
    const name = (await devices.get({ userId, deviceId }))?.displayName;
    const unsigned = isObject(uploaded.unsigned) ? uploaded.unsigned : {};
    found[deviceId] = { ...uploaded, unsigned: { ...unsigned, ...(name != null && { device_display_name: name }) } };
  }
  return found;
}

/** How many keys there are of each algorithm. */
function countsOf(oneTimeKeys: JsonObject): Record<string, number> {
  const counts: Record<string, number> = { signed_curve25519: 0 };
  for (const name of Object.keys(oneTimeKeys)) {
    const [algorithm = ""] = name.split(":");
    counts[algorithm] = (counts[algorithm] ?? 0) + 1;
  }
  return counts;
}
