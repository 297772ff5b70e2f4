import { Hono } from "hono";
import { authenticate, type Env } from "./request.js";

const VERSIONS = ["v1.1", "v1.2", "v1.3", "v1.4", "v1.5", "v1.6", "v1.7", "v1.8", "v1.9", "v1.10", "v1.11"];

export const wellKnown = new Hono<Env>();

wellKnown.get("/.well-known/matrix/client", (c) =>
  c.json({ "m.homeserver": { base_url: c.var.homeserver.server.publicBaseUrl.replace(/\/$/, "") } }),
);

/** What the server can do. */
export const discovery = new Hono<Env>();

discovery.get("/versions", (c) => c.json({ versions: [...VERSIONS, "v1.12", "v1.13", "v1.14", "v1.15"] }));

discovery.get("/v3/capabilities", async (c) => {
  await authenticate(c);
  const enabled = { enabled: true };
  const capabilities = {
    "m.room_versions": { default: "11", available: { "10": "stable", "11": "stable" } },
    "m.change_password": { enabled: false },
    "m.set_displayname": enabled,
    "m.set_avatar_url": enabled,
    "m.3pid_changes": enabled,
    "m.get_login_token": { enabled: false },
  };
  return c.json({ capabilities });
});

/** Nothing is pushed to clients of this server, which has no rules of its own; clients ask all the same. */
discovery.get("/v3/pushrules/", async (c) => {
  await authenticate(c);
  return c.json({ global: { override: [], content: [], room: [], sender: [], underride: [] } });
});
