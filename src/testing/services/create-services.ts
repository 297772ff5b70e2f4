import * as tokens from "../../services/index.js";
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
  readonly server: tokens.Server;
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
  readonly mailer: tokens.Mailer;
  readonly httpClient: tokens.HttpClient;
  readonly clock: tokens.Clock;
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
export type ServiceBinding = readonly [token: tokens.ServiceClass, service: object];

/** The services of a homeserver, by token. */
export function homeserverBindings({ services }: Homeserver): ServiceBinding[] {
  return [
    [tokens.Server, services.server],
    [tokens.Users, services.users],
    [tokens.Profiles, services.profiles],
    [tokens.Registration, services.registration],
    [tokens.Auth, services.auth],
    [tokens.Rooms, services.rooms],
    [tokens.PublicRooms, services.publicRooms],
    [tokens.AccountDataStore, services.accountData],
    [tokens.Presence, services.presence],
    [tokens.PushRules, services.pushRules],
    [tokens.Pushers, services.pushers],
    [tokens.Mailer, services.mailer],
    [tokens.HttpClient, services.httpClient],
    [tokens.Clock, services.clock],
  ];
}
