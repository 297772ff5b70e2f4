import { AccountDataStore } from "../../services/account-data-store.js";
import { Auth } from "../../services/auth.js";
import { Clock } from "../../services/clock.js";
import { HttpClient } from "../../services/http-client.js";
import { Mailer } from "../../services/mailer.js";
import { Presence } from "../../services/presence.js";
import { Profiles } from "../../services/profiles.js";
import { PublicRooms } from "../../services/public-rooms.js";
import { PushRules } from "../../services/push-rules.js";
import { Pushers } from "../../services/pushers.js";
import { Registration } from "../../services/registration.js";
import { Rooms } from "../../services/rooms.js";
import { Server } from "../../services/server.js";
import { Users } from "../../services/users.js";
import type { ServiceClass } from "../../services/services.js";
import type { Homeserver, HomeserverParts } from "../homeserver.js";
import { HomeserverAccountData } from "./homeserver-account-data.js";
import { HomeserverAuth } from "./homeserver-auth.js";
import { HomeserverPresence } from "./homeserver-presence.js";
import { HomeserverProfiles } from "./homeserver-profiles.js";
import { HomeserverPublicRooms } from "./homeserver-public-rooms.js";
import { HomeserverPushRules } from "./homeserver-push-rules.js";
import { HomeserverPushers } from "./homeserver-pushers.js";
import { HomeserverRegistration } from "./homeserver-registration.js";
import { HomeserverRooms } from "./homeserver-rooms.js";
import { HomeserverUsers } from "./homeserver-users.js";

/** The services that a homeserver offers out of its own world. */
export interface HomeserverServices {
  readonly server: Server;
  readonly users: HomeserverUsers;
  readonly profiles: HomeserverProfiles;
  readonly registration: HomeserverRegistration;
  readonly auth: HomeserverAuth;
  readonly rooms: HomeserverRooms;
  readonly publicRooms: HomeserverPublicRooms;
  readonly accountData: HomeserverAccountData;
  readonly presence: HomeserverPresence;
  readonly pushRules: HomeserverPushRules;
  readonly pushers: HomeserverPushers;
  readonly mailer: Mailer;
  readonly httpClient: HttpClient;
  readonly clock: Clock;
}

/** Makes the services of a homeserver. They run the same pipelines as its clients. */
export function createServices(homeserver: Homeserver, parts: HomeserverParts): HomeserverServices {
  return {
    server: parts.server,
    users: new HomeserverUsers(homeserver),
    profiles: new HomeserverProfiles(homeserver),
    registration: new HomeserverRegistration(homeserver),
    auth: new HomeserverAuth(homeserver),
    rooms: new HomeserverRooms(homeserver),
    publicRooms: new HomeserverPublicRooms(homeserver),
    accountData: new HomeserverAccountData(homeserver),
    presence: new HomeserverPresence(homeserver),
    pushRules: new HomeserverPushRules(homeserver),
    pushers: new HomeserverPushers(homeserver, parts.httpClient),
    mailer: parts.mailer,
    httpClient: parts.httpClient,
    clock: parts.clock,
  };
}

/** A service and the class that is its token. */
export type ServiceBinding = readonly [token: ServiceClass, service: object];

/** The services of a homeserver, by token. */
export function homeserverBindings({ services }: Homeserver): ServiceBinding[] {
  return [
    [Server, services.server],
    [Users, services.users],
    [Profiles, services.profiles],
    [Registration, services.registration],
    [Auth, services.auth],
    [Rooms, services.rooms],
    [PublicRooms, services.publicRooms],
    [AccountDataStore, services.accountData],
    [Presence, services.presence],
    [PushRules, services.pushRules],
    [Pushers, services.pushers],
    [Mailer, services.mailer],
    [HttpClient, services.httpClient],
    [Clock, services.clock],
  ];
}
