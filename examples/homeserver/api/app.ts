import { cors } from "hono/cors";
import { Hono } from "hono";
import type { Host } from "ligand";
import type { Homeserver } from "ligand/homeserver";
import type { Sync } from "../sync/sync.js";
import { account } from "./account.js";
import { accountData } from "./account-data.js";
import { accountValidity } from "./account-validity.js";
import { admin } from "./admin.js";
import { devices } from "./devices.js";
import { directory } from "./directory.js";
import { discovery, versions, wellKnown } from "./discovery.js";
import { answerError, refuseMethod, refuseUnknown } from "./errors.js";
import { ephemeral } from "./ephemeral.js";
import { events } from "./events.js";
import { health } from "./health.js";
import { keys } from "./keys.js";
import { login } from "./login.js";
import { logRequests } from "./log-requests.js";
import { media, mediaOfClients } from "./media.js";
import { memberships } from "./memberships.js";
import { presence } from "./presence.js";
import { profile } from "./profile.js";
import { pushers } from "./pushers.js";
import { register } from "./register.js";
import { addressOf, type Env } from "./request.js";
import { relations } from "./relations.js";
import { rooms } from "./rooms.js";
import { search } from "./search.js";
import { sync as syncing } from "./sync.js";
import { toDevice } from "./to-device.js";

/** Before version 1.1 of the specification, `v3` was called `r0`; older clients still do. */
const VERSIONS = ["v3", "r0"];
const AREAS = [discovery, login, register, account, devices, keys, profile, rooms, memberships, events].concat([
  directory,
  ephemeral,
  presence,
  accountData,
  pushers,
  search,
  syncing,
  toDevice,
]);

/** What answers the requests of clients. */
export interface AppParts {
  readonly homeserver: Homeserver;
  readonly sync: Sync;
  readonly host: Host;
}

/** The client-server API of the Matrix specification, as far as the README says, and what modules serve. */
export function createApp({ homeserver, sync, host }: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(answerError);
  app.notFound(refuseUnknown);

  app.use(logRequests(homeserver.logger));
  app.use(async (c, next) => {
    c.set("homeserver", homeserver);
    c.set("sync", sync);
    // What the services of modules read of the request must be true.
    c.req.raw.headers.set("x-forwarded-for", addressOf(c));
    // A path that a module serves is none of the homeserver's, and answers preflights itself.
    const served = await host.fetch(c.req.raw, { requestId: c.var.requestId });
    if (!served) return next();
    c.set(
      "servedBy",
      host.webPaths.find(({ path }) => c.req.path === path || c.req.path.startsWith(`${path}/`))?.module.id,
    );
    return served;
  });
  app.use(cors({ origin: "*", allowHeaders: ["X-Requested-With", "Content-Type", "Authorization"] }));

  app.route("/", wellKnown);
  app.route("/_matrix/client", versions);
  for (const version of VERSIONS) {
    for (const area of AREAS) app.route(`/_matrix/client/${version}`, area);
    app.route(`/_matrix/media/${version}`, media);
  }
  // Relations have been there since `v1` alone. (Specification, "Relationships API".)
  app.route("/_matrix/client/v1", relations);
  app.route("/_matrix/client/unstable", accountValidity);
  app.route("/_matrix/client/v1/media", mediaOfClients);
  app.route("/_synapse/admin", admin);
  app.route("/health", health(host));

  // Reached where the path is known and the method is not.
  for (const path of new Set(app.routes.filter(({ method }) => method !== "ALL").map(({ path }) => path))) {
    app.all(path, refuseMethod);
  }
  return app;
}
