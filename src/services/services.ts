import { AccountDataStore } from "./account-data-store.js";
import { Auth } from "./auth.js";
import { Caches } from "./caches.js";
import { Clock } from "./clock.js";
import { Database } from "./database.js";
import { HttpClient } from "./http-client.js";
import { Mailer } from "./mailer.js";
import { Presence } from "./presence.js";
import { Profiles } from "./profiles.js";
import { PublicRooms } from "./public-rooms.js";
import { PushRules } from "./push-rules.js";
import { Pushers } from "./pushers.js";
import { Registration } from "./registration.js";
import { Rooms } from "./rooms.js";
import { Scheduler } from "./scheduler.js";
import { Server } from "./server.js";
import { Templates } from "./templates.js";
import { Users } from "./users.js";

/** Every service that a homeserver can offer to modules, by name. The class is the token and the type at once. */
export const SERVICES = {
  Server,
  Users,
  Profiles,
  Registration,
  Auth,
  Rooms,
  PublicRooms,
  AccountDataStore,
  Presence,
  PushRules,
  Pushers,
  Mailer,
  Templates,
  HttpClient,
  Database,
  Caches,
  Scheduler,
  Clock,
} as const;

/** The name of a service. */
export type ServiceName = keyof typeof SERVICES;
/** The class of a service. */
export type ServiceClass = (typeof SERVICES)[ServiceName];

/** Services that answer at once or hold what cannot cross; modules have them in their own process. */
export const LOCAL_SERVICES: readonly ServiceName[] = [
  "Server",
  "Clock",
  "Scheduler",
  "Caches",
  "HttpClient",
  "Templates",
  "Database",
];

/** The services that a homeserver in another process can offer. */
export const REMOTE_SERVICES = (Object.keys(SERVICES) as ServiceName[]).filter(
  (name) => !LOCAL_SERVICES.includes(name),
);
