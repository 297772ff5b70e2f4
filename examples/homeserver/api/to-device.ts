import { Hono } from "hono";
import { invalid, isObject, optionalObjectIn } from "./fields.js";
import { authenticate, pathText, readJson, userIdOf, type Env } from "./request.js";

/** Messages to devices, in no room: how clients hand each other keys. (Specification, "Send-to-Device messaging".) */
export const toDevice = new Hono<Env>();

toDevice.put("/sendToDevice/:type/:txnId", async (c) => {
  const { userId: sender, deviceId: from } = (await authenticate(c)).requester;
  const [type, txnId] = [pathText(c, "type"), pathText(c, "txnId")];
  const messages = optionalObjectIn(await readJson(c), "messages") ?? {};
  for (const [name, byDevice] of Object.entries(messages)) {
    if (!isObject(byDevice)) throw invalid(`messages of ${name} is not an object`);
    const userId = userIdOf(name);
    const devices = await c.var.homeserver.storage.devices.find({ userId });
    for (const { deviceId } of devices) {
      const content = byDevice[deviceId] ?? byDevice["*"];
      if (content === undefined) continue;
      if (!isObject(content)) throw invalid(`the message to ${deviceId} of ${name} is not an object`);
      // A request that the client repeats replaces what it has sent.
      const messageId = JSON.stringify([sender, from, txnId]);
      await c.var.homeserver.storage.transact(async (storage) => {
        const stream = await storage.next("toDevice");
        await storage.toDevice.put({ userId, deviceId, messageId, type, sender, content, stream });
      });
    }
  }
  return c.json({});
});
