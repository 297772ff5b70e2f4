import type { ContainerModule } from "inversify";
import { AccountDataStore } from "../../services/account-data-store.js";
import { Auth } from "../../services/auth.js";
import { bindService } from "../../services/bind-service.js";
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

/** The services that a homeserver offers its modules. They run the same pipelines as its clients. @public */
export interface HomeserverServices {
  readonly server: Server;
  readonly users: Users;
  readonly profiles: Profiles;
  readonly registration: Registration;
  readonly auth: Auth;
  readonly rooms: Rooms;
  readonly publicRooms: PublicRooms;
  readonly accountData: AccountDataStore;
  readonly presence: Presence;
  readonly pushRules: PushRules;
  readonly pushers: Pushers;
  readonly mailer: Mailer;
  readonly httpClient: HttpClient;
  readonly clock: Clock;
}

/** Binds the services of a homeserver, for `services` of `startModules`. @public */
export function homeserverBindings({ services }: { readonly services: HomeserverServices }): ContainerModule[] {
  return [
    bindService(Server, services.server),
    bindService(Users, services.users),
    bindService(Profiles, services.profiles),
    bindService(Registration, services.registration),
    bindService(Auth, services.auth),
    bindService(Rooms, services.rooms),
    bindService(PublicRooms, services.publicRooms),
    bindService(AccountDataStore, services.accountData),
    bindService(Presence, services.presence),
    bindService(PushRules, services.pushRules),
    bindService(Pushers, services.pushers),
    bindService(Mailer, services.mailer),
    bindService(HttpClient, services.httpClient),
    bindService(Clock, services.clock),
  ];
}
