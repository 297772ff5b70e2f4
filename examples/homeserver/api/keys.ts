import { Hono } from "hono";
import type { DeviceId, JsonObject, UserId } from "ligand";
import { countKeys } from "../sync/device-mailbox.js";
import { Position } from "../sync/position.js";
import { invalid, isObject, optionalObjectIn } from "./fields.js";
import { authenticate, readJson, userIdOf, type ClientContext, type Env } from "./request.js";

/** The keys of devices, by which clients encrypt: kept, shown and handed out. */
export const keys = new Hono<Env>();

keys.post("/keys/upload", async (c) => {
  const { userId, deviceId } = (await authenticate(c)).requester;
  if (deviceId === null) throw invalid("Keys belong to a device, and this access token has none");
  const body = await readJson(c);
  const deviceKeys = optionalObjectIn(body, "device_keys");
  const added = optionalObjectIn(body, "one_time_keys") ?? {};
  const fallback = optionalObjectIn(body, "fallback_keys");
  const row = await c.var.homeserver.storage.transact(async (storage) => {
    const old = await storage.deviceKeys.get({ userId, deviceId });
    const oneTimeKeys = { ...old?.oneTimeKeys, ...added };
    const keys = deviceKeys ?? old?.keys ?? null;
    const changed = { ...old, userId, deviceId, keys, oneTimeKeys, ...(fallback && { fallbackKeys: fallback }) };
    await storage.deviceKeys.put(changed);
    if (deviceKeys) await storage.deviceChanges.put({ userId, stream: await storage.next("deviceChanges") });
    return changed;
  });
  return c.json({ one_time_key_counts: countKeys(row.oneTimeKeys) });
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

/** A key for each device, which no other client receives; for a device that has run out of keys, its fallback key. */
keys.post("/keys/claim", async (c) => {
  await authenticate(c);
  const wanted = optionalObjectIn(await readJson(c), "one_time_keys") ?? {};
  const claimed: Record<UserId, Record<DeviceId, JsonObject>> = {};
  for (const [name, devices] of Object.entries(wanted)) {
    if (!isObject(devices)) throw invalid(`one_time_keys of ${name} is not an object`);
    for (const [deviceId, algorithm] of Object.entries(devices)) {
      const userId = userIdOf(name);
      const key = await claim(c, userId, deviceId, String(algorithm));
      if (key !== undefined) (claimed[userId] ??= {})[deviceId] = key;
    }
  }
  return c.json({ one_time_keys: claimed, failures: {} });
});

/** What has changed after the second place is there, too: a client asks once more than it needs to, and misses nothing. */
keys.get("/keys/changes", async (c) => {
  const { userId } = (await authenticate(c)).requester;
  const { devices } = Position.parse(c.req.query("from") ?? "");
  const members = await c.var.homeserver.store.memberEventsOf(userId);
  return c.json({ changed: (await c.var.sync.mailbox.changedSince(devices, userId, members)).users, left: [] });
});

function claim(
  c: ClientContext,
  userId: UserId,
  deviceId: DeviceId,
  algorithm: string,
): Promise<JsonObject | undefined> {
  const ofAlgorithm = ([name]: [string, unknown]) => name.startsWith(`${algorithm}:`);
  return c.var.homeserver.storage.transact(async ({ deviceKeys }) => {
    const row = await deviceKeys.get({ userId, deviceId });
    const own = Object.entries(row?.oneTimeKeys ?? {}).find(ofAlgorithm);
    if (row && own) {
      const { [own[0]]: _, ...oneTimeKeys } = row.oneTimeKeys;
      await deviceKeys.put({ ...row, oneTimeKeys });
    }
    const key = own ?? Object.entries(row?.fallbackKeys ?? {}).find(ofAlgorithm);
    return key && { [key[0]]: key[1] };
  });
}

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
