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
import type { ServiceMethod } from "./service-declaration.js";
import { Templates } from "./templates.js";
import { Users } from "./users.js";

/** Every service that a homeserver can offer to modules, by name. The class is both the token and the type. @public */
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

/** The name of a service. @public */
export type ServiceName = keyof typeof SERVICES;

/** The services that a homeserver lends to modules in other processes; those have the rest themselves. */
export const LENT_SERVICES = (Object.keys(SERVICES) as ServiceName[]).filter(
  (name) => SERVICES[name].declaration.runsIn === "homeserver",
);

const METHODS = new Map((Object.keys(SERVICES) as ServiceName[]).map((name) => [name, methodsOf(name)]));
const LENT_METHODS = new Map(LENT_SERVICES.map((name) => [name, lentMethodsOf(name)]));

/** What each method of a service does. */
export function serviceMethods(name: ServiceName): ReadonlyMap<string, ServiceMethod> {
  return METHODS.get(name)!;
}

/** The service methods that run in the homeserver, for modules in other processes. */
export function lentMethods(name: ServiceName): ReadonlyMap<string, ServiceMethod> {
  return LENT_METHODS.get(name) ?? new Map();
}

function methodsOf(name: ServiceName): ReadonlyMap<string, ServiceMethod> {
  return new Map(Object.entries<ServiceMethod>(SERVICES[name].declaration.methods));
}

function lentMethodsOf(name: ServiceName): ReadonlyMap<string, ServiceMethod> {
  return new Map([...serviceMethods(name)].filter(([, { runsIn }]) => runsIn !== "module"));
}
