import { Hono } from "hono";
import { invalid, textIn, optionalObjectIn, optionalTextIn } from "./fields.js";
import { authenticate, readJson, type Env } from "./request.js";

/** Where notifications of a user go. (Specification, "Push Notifications".) */
export const pushers = new Hono<Env>();

pushers.get("/pushers", async (c) => {
  const { userId } = (await authenticate(c)).requester;
  const rows = await c.var.homeserver.storage.pushers.find({ userId });
  const shown = rows.map(({ appId, pushKey, url, data, names }) => ({
    kind: "http",
    app_id: appId,
    pushkey: pushKey,
    data: { ...data, url },
    app_display_name: "",
    device_display_name: "",
    lang: "",
    ...names,
  }));
  return c.json({ pushers: shown });
});

pushers.post("/pushers/set", async (c) => {
  const { userId, deviceId } = (await authenticate(c)).requester;
  const body = await readJson(c);
  const [appId, pushKey] = [textIn(body, "app_id"), textIn(body, "pushkey")];
  const { pushers: rows } = c.var.homeserver.storage;
  const { clock } = c.var.homeserver;
  if (body.kind === null) {
    await rows.delete({ userId, appId, pushKey });
    return c.json({});
  }
  if (textIn(body, "kind") !== "http") throw invalid("This server has no pushers but those of kind http");
  const { url, ...data } = optionalObjectIn(body, "data") ?? {};
  if (typeof url !== "string" || !/^https?:\/\//.test(url)) throw invalid("data.url is not the address of a gateway");
  const tag = optionalTextIn(body, "profile_tag");
  const names = {
    app_display_name: textIn(body, "app_display_name"),
    device_display_name: textIn(body, "device_display_name"),
    lang: textIn(body, "lang"),
    ...(tag !== undefined && { profile_tag: tag }),
  };
  await rows.put({ userId, appId, pushKey, pushKeyTs: clock.nowMs(), deviceId, url, data, names });
  return c.json({});
});
