import type { Logger } from "winston";
import type { Clock } from "../services/clock.js";
import type { Server } from "../services/server.js";
import type { HomeserverSettings } from "./homeserver-settings.js";
import type { AccountDataWriter } from "./pipelines/account-data-writer.js";
import type { AccountRenewal } from "./pipelines/account-renewal.js";
import type { AccountStatuses } from "./pipelines/account-status.js";
import type { Accounts } from "./pipelines/accounts.js";
import type { Administrators } from "./pipelines/administrators.js";
import type { Authentication } from "./pipelines/authentication.js";
import type { BackgroundUpdateLoop } from "./pipelines/background-updates.js";
import type { ClientEvents } from "./pipelines/client-events.js";
import type { ClientRegistration } from "./pipelines/client-registration.js";
import type { Deactivation } from "./pipelines/deactivation.js";
import type { Directory } from "./pipelines/directory.js";
import type { EventStore } from "./pipelines/event-store.js";
import type { Events } from "./pipelines/events.js";
import type { Federation } from "./pipelines/federation.js";
import type { InteractiveAuth } from "./pipelines/interactive-auth.js";
import type { Login } from "./pipelines/login.js";
import type { MassRedaction } from "./pipelines/mass-redaction.js";
import type { Media } from "./pipelines/media.js";
import type { Memberships } from "./pipelines/memberships.js";
import type { PresenceFanout } from "./pipelines/presence-fanout.js";
import type { ProfileChanges } from "./pipelines/profile-changes.js";
import type { RateLimits } from "./pipelines/rate-limits.js";
import type { RoomCreation } from "./pipelines/room-creation.js";
import type { RoomShutdown } from "./pipelines/room-shutdown.js";
import type { RoomUpgrade } from "./pipelines/room-upgrade.js";
import type { Sessions } from "./pipelines/sessions.js";
import type { StateChanges } from "./pipelines/state-changes.js";
import type { ThreepidInvites } from "./pipelines/threepid-invites.js";
import type { Threepids } from "./pipelines/threepids.js";
import type { UserDirectory } from "./pipelines/user-directory.js";
import type { HomeserverServices } from "./services/homeserver-services.js";
import type { Storage } from "./storage.js";

/**
 * A small homeserver: what clients and other servers expect of one, with every hook in its place. One pipeline per area,
 * all over one {@link Storage}. Its room rules are a simple subset of Matrix's: memberships and power levels.
 *
 * @public
 */
export interface Homeserver {
  readonly storage: Storage;
  readonly server: Server;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: HomeserverSettings;
  /** The services it offers to modules. */
  readonly services: HomeserverServices;

  // Rooms and their events.
  readonly store: EventStore;
  readonly events: Events;
  readonly stateChanges: StateChanges;
  readonly clientEvents: ClientEvents;
  readonly massRedaction: MassRedaction;
  readonly directory: Directory;
  readonly memberships: Memberships;
  readonly threepidInvites: ThreepidInvites;
  readonly roomCreation: RoomCreation;
  readonly roomUpgrade: RoomUpgrade;
  readonly roomShutdown: RoomShutdown;

  // Users and their accounts.
  readonly administrators: Administrators;
  readonly accounts: Accounts;
  readonly accountData: AccountDataWriter;
  readonly accountRenewal: AccountRenewal;
  readonly accountStatuses: AccountStatuses;
  readonly threepids: Threepids;
  readonly profileChanges: ProfileChanges;
  readonly userDirectory: UserDirectory;
  readonly deactivation: Deactivation;

  // Sessions.
  readonly authentication: Authentication;
  readonly interactiveAuth: InteractiveAuth;
  readonly login: Login;
  readonly clientRegistration: ClientRegistration;
  readonly sessions: Sessions;

  // The rest.
  readonly federation: Federation;
  readonly presence: PresenceFanout;
  readonly media: Media;
  readonly rateLimits: RateLimits;
  readonly backgroundUpdates: BackgroundUpdateLoop;

  /** Resolves once background work of requests, such as `onNewEvent`, has finished. */
  settled(): Promise<void>;
}
