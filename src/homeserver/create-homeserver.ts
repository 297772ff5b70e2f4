import type { Logger } from "winston";
import type { Hooks } from "../catalogue/index.js";
import { checkOptions, likeDefaults } from "../options/check-options.js";
import type { Clock } from "../services/clock.js";
import type { HttpClient } from "../services/http-client.js";
import type { Mailer } from "../services/mailer.js";
import type { Server } from "../services/server.js";
import { BackgroundWork } from "./background-work.js";
import { DEFAULT_SETTINGS, type HomeserverSettings } from "./homeserver-settings.js";
import type { Homeserver } from "./homeserver.js";
import { AccountDataWriter } from "./pipelines/account-data-writer.js";
import { AccountRenewal } from "./pipelines/account-renewal.js";
import { AccountStatuses } from "./pipelines/account-status.js";
import { Accounts } from "./pipelines/accounts.js";
import { Administrators } from "./pipelines/administrators.js";
import { Authentication } from "./pipelines/authentication.js";
import { BackgroundUpdateLoop } from "./pipelines/background-updates.js";
import { ClientEvents } from "./pipelines/client-events.js";
import { ClientRegistration } from "./pipelines/client-registration.js";
import { Deactivation } from "./pipelines/deactivation.js";
import { Directory } from "./pipelines/directory.js";
import { EventStore } from "./pipelines/event-store.js";
import { Events } from "./pipelines/events.js";
import { Federation } from "./pipelines/federation.js";
import { InteractiveAuth } from "./pipelines/interactive-auth.js";
import { Login } from "./pipelines/login.js";
import { MassRedaction } from "./pipelines/mass-redaction.js";
import { Media } from "./pipelines/media.js";
import { Memberships } from "./pipelines/memberships.js";
import { PresenceFanout } from "./pipelines/presence-fanout.js";
import { ProfileChanges } from "./pipelines/profile-changes.js";
import { Pushes } from "./pipelines/pushes.js";
import { RateLimits } from "./pipelines/rate-limits.js";
import { RoomCreation } from "./pipelines/room-creation.js";
import { RoomShutdown } from "./pipelines/room-shutdown.js";
import { RoomUpgrade } from "./pipelines/room-upgrade.js";
import { Sessions } from "./pipelines/sessions.js";
import { StateChanges } from "./pipelines/state-changes.js";
import { ThreepidInvites } from "./pipelines/threepid-invites.js";
import { Threepids } from "./pipelines/threepids.js";
import { UserDirectory } from "./pipelines/user-directory.js";
import { usernameRules } from "./pipelines/username-rules.js";
import type { RemoteServers } from "./remote-servers.js";
import { HomeserverAccountData } from "./services/homeserver-account-data.js";
import { HomeserverAuth } from "./services/homeserver-auth.js";
import { HomeserverPresence } from "./services/homeserver-presence.js";
import { HomeserverProfiles } from "./services/homeserver-profiles.js";
import { HomeserverPublicRooms } from "./services/homeserver-public-rooms.js";
import { HomeserverPushRules } from "./services/homeserver-push-rules.js";
import { HomeserverPushers } from "./services/homeserver-pushers.js";
import { HomeserverRegistration } from "./services/homeserver-registration.js";
import { HomeserverRooms } from "./services/homeserver-rooms.js";
import type { HomeserverServices } from "./services/homeserver-services.js";
import { HomeserverUsers } from "./services/homeserver-users.js";
import type { Storage } from "./storage.js";

/** What a homeserver is built from. @public */
export interface HomeserverParts {
  readonly storage: Storage;
  readonly server: Server;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mailer: Mailer;
  readonly httpClient: HttpClient;
  readonly remote: RemoteServers;
  /** The hooks of `prepareModules`: modules start after the homeserver, because they use its services. */
  readonly hooks: Hooks;
  readonly settings?: Partial<HomeserverSettings>;
  /** Runs work that no request waits for. */
  readonly background?: BackgroundWork;
}

/**
 * Builds a homeserver. Each part receives what its constructor names: the foundation, and parts built above it here. No
 * part knows the whole.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for unknown settings.
 *
 * @public
 */
export function createHomeserver(parts: HomeserverParts): Homeserver {
  checkOptions("the settings of the homeserver", parts.settings ?? {}, likeDefaults(DEFAULT_SETTINGS));
  const settings: HomeserverSettings = { ...DEFAULT_SETTINGS, ...parts.settings };
  const { storage, server, clock, logger, mailer, httpClient, background = new BackgroundWork(logger) } = parts;
  const given = { ...parts, settings, background };

  const store = new EventStore(storage);
  const users = new HomeserverUsers(given);
  const publicRooms = new HomeserverPublicRooms({ ...given, store });
  const pushers = new HomeserverPushers(given);
  const administrators = new Administrators({ ...given, users });
  const usernames = usernameRules({ ...given, users });
  const rateLimits = new RateLimits(given);
  const sessions = new Sessions(given);
  const threepids = new Threepids(given);

  const pushes = new Pushes({ ...given, store, sessions, pushers });
  const events = new Events({ ...given, store, pushes });
  const clientEvents = new ClientEvents({ ...given, store });
  const massRedaction = new MassRedaction({ ...given, store, events });
  const directory = new Directory({ ...given, administrators, publicRooms, store, events });
  const memberships = new Memberships({ ...given, administrators, rateLimits, store, events, directory });
  const stateChanges = new StateChanges({ ...given, administrators, events, memberships });
  const threepidInvites = new ThreepidInvites({ ...given, administrators, store, events, memberships });
  const roomCreation = new RoomCreation({
    ...given,
    administrators,
    publicRooms,
    events,
    directory,
    memberships,
    threepidInvites,
  });
  const roomUpgrade = new RoomUpgrade({ ...given, store, events, directory, roomCreation });
  const roomShutdown = new RoomShutdown({ ...given, store, memberships });

  const accounts = new Accounts({ ...given, usernames, sessions, memberships, threepids });
  const accountStatuses = new AccountStatuses({ ...given, sessions });
  const accountRenewal = new AccountRenewal(given);
  const authentication = new Authentication({ ...given, users });
  const interactiveAuth = new InteractiveAuth({ ...given, threepids, authentication });
  const login = new Login({ ...given, sessions, accounts, authentication });
  const clientRegistration = new ClientRegistration({ ...given, sessions, threepids, accounts, interactiveAuth });
  const profileChanges = new ProfileChanges({ ...given, administrators, store, memberships });
  const accountData = new AccountDataWriter(given);
  const userDirectory = new UserDirectory(given);
  const deactivation = new Deactivation({
    ...given,
    store,
    sessions,
    memberships,
    threepids,
    profileChanges,
    accountData,
  });

  const federation = new Federation({ ...given, rateLimits, store, events });
  const presence = new PresenceFanout({ ...given, store });
  const media = new Media(given);
  const backgroundUpdates = new BackgroundUpdateLoop(given);

  const services: HomeserverServices = {
    server,
    users,
    profiles: new HomeserverProfiles({ ...given, profileChanges }),
    registration: new HomeserverRegistration({ ...given, usernames, sessions, accounts }),
    auth: new HomeserverAuth({ ...given, sessions }),
    rooms: new HomeserverRooms({ ...given, store, events, directory, memberships, roomCreation, roomShutdown }),
    publicRooms,
    accountData: new HomeserverAccountData({ ...given, accountData }),
    presence: new HomeserverPresence({ ...given, presence }),
    pushRules: new HomeserverPushRules(given),
    pushers,
    mailer,
    httpClient,
    clock,
  };

  return {
    storage,
    server,
    clock,
    logger,
    settings,
    services,
    settled: () => background.settled(),
    store,
    administrators,
    sessions,
    rateLimits,
    events,
    stateChanges,
    massRedaction,
    clientEvents,
    directory,
    memberships,
    threepidInvites,
    roomCreation,
    roomUpgrade,
    roomShutdown,
    threepids,
    accounts,
    accountRenewal,
    accountStatuses,
    authentication,
    interactiveAuth,
    login,
    clientRegistration,
    profileChanges,
    accountData,
    deactivation,
    userDirectory,
    federation,
    presence,
    media,
    backgroundUpdates,
  };
}
