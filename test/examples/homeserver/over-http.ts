import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createApp } from "#examples/homeserver/api/app.js";
import { Sync } from "#examples/homeserver/sync/sync.js";
import { openWakeups } from "#examples/homeserver/wakeups.js";
import type { JsonObject, UserId } from "#src/index.js";
import { TestUser, type TestKit } from "#src/testing.js";
import { HttpClient } from "./http-client.js";
import { HttpUser } from "./http-user.js";

/**
 * Puts the API of the example homeserver before the homeserver of a kit: what its users ask goes over HTTP.
 *
 * @returns the address of the API.
 */
export async function serve(kit: TestKit): Promise<string> {
  const { homeserver, host } = kit;
  const app = createApp({ homeserver, host, sync: new Sync(homeserver, openWakeups()) });
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const create = homeserver.user.bind(homeserver);
  homeserver.user = async (name, options) => new HttpUser(await create(name, options), url);
  const enter = async (path: string, body: JsonObject) => {
    const { user_id, access_token, device_id } = await new HttpClient(url).ask("POST", path, { body });
    await homeserver.settled();
    const user = new TestUser(homeserver, user_id as UserId, access_token as string, device_id as string);
    return new HttpUser(user, url);
  };
  homeserver.logIn = (body) => enter("/_matrix/client/v3/login", body);
  homeserver.register = (body) => enter("/_matrix/client/v3/register", { auth: { type: "m.login.dummy" }, ...body });

  const stop = kit.stop.bind(kit);
  kit.stop = async () => {
    server.close();
    server.closeAllConnections();
    await stop();
  };
  return url;
}
