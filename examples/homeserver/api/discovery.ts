import { Hono } from "hono";
import { DEFAULT_ROOM_VERSION, ROOM_VERSIONS } from "ligand/homeserver";
import { authenticate, type Env } from "./request.js";

/**
 * No newer ones than clients look for: matrix-js-sdk refuses a server without 1.1, and has threads from 1.3 and 1.4. What is
 * missing of these is in the README, and answers 404 `M_UNRECOGNIZED`.
 */
const VERSIONS = ["r0.6.1", "v1.1", "v1.2", "v1.3", "v1.4"];

/** What is there of later versions, by the names under which clients look for it. */
const FEATURES = {
  "org.matrix.msc2285.stable": true, // private receipts
  "org.matrix.msc3916.stable": true, // media for those who are logged in
};

export const wellKnown = new Hono<Env>();

/** The address that was asked is one by which the server is reached. */
wellKnown.get("/.well-known/matrix/client", (c) => c.json({ "m.homeserver": { base_url: new URL(c.req.url).origin } }));

export const versions = new Hono<Env>();

versions.get("/versions", (c) => c.json({ versions: VERSIONS, unstable_features: FEATURES }));

/** What the server can do. */
export const discovery = new Hono<Env>();

discovery.get("/capabilities", async (c) => {
  await authenticate(c);
  const enabled = { enabled: true };
  const capabilities = {
    "m.room_versions": {
      default: DEFAULT_ROOM_VERSION,
      available: Object.fromEntries(Array.from(ROOM_VERSIONS.keys(), (id) => [id, "stable"])),
    },
    "m.change_password": { enabled: false },
    "m.set_displayname": enabled,
    "m.set_avatar_url": enabled,
    "m.3pid_changes": enabled,
    "m.get_login_token": { enabled: false },
  };
  return c.json({ capabilities });
});

/** There are no bridges to other networks; Element takes a server that doesn't say so for one that is too old. */
discovery.get("/thirdparty/protocols", async (c) => {
  await authenticate(c);
  return c.json({});
});

/** Nothing is pushed to clients of this server, which has no rules of its own; clients ask all the same. */
discovery.get("/pushrules/", async (c) => {
  await authenticate(c);
  return c.json({ global: { override: [], content: [], room: [], sender: [], underride: [] } });
});
