import type { Logger } from "winston";
import type { Hooks } from "../catalogue/index.js";
import { checkOptions, likeDefaults } from "../options/check-options.js";
import type { Requester } from "../matrix/records.js";
import type { Clock } from "../services/clock.js";
import type { HttpClient } from "../services/http-client.js";
import type { Mailer } from "../services/mailer.js";
import type { Server } from "../services/server.js";
import { DEFAULT_SETTINGS, type HomeserverSettings } from "./homeserver-settings.js";
import { AccountDataWriter } from "./pipelines/account-data-writer.js";
import { AccountRenewal } from "./pipelines/account-renewal.js";
import { AccountStatuses } from "./pipelines/account-status.js";
import { Accounts } from "./pipelines/accounts.js";
import { Authentication } from "./pipelines/authentication.js";
import { BackgroundUpdateLoop } from "./pipelines/background-updates.js";
import { ClientEvents } from "./pipelines/client-events.js";
import { ClientRegistration } from "./pipelines/client-registration.js";
import { Deactivation } from "./pipelines/deactivation.js";
import { Directory } from "./pipelines/directory.js";
import { Events } from "./pipelines/events.js";
import { EventStore } from "./pipelines/event-store.js";
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
import { ThreepidInvites } from "./pipelines/threepid-invites.js";
import { Threepids } from "./pipelines/threepids.js";
import { UserDirectory } from "./pipelines/user-directory.js";
import type { RemoteServers } from "./remote-servers.js";
import { createServices, type HomeserverServices } from "./services/create-services.js";
import type { Storage } from "./storage.js";

/** What a homeserver is made of. */
export interface HomeserverParts {
  readonly storage: Storage;
  readonly server: Server;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mailer: Mailer;
  readonly httpClient: HttpClient;
  readonly remote: RemoteServers;
  /** Those of `prepareModules`: the modules start after the homeserver, whose services they use. */
  readonly hooks: Hooks;
  readonly settings?: Partial<HomeserverSettings>;
}

/**
 * A small homeserver: what clients and other servers ask of one, with every hook in its place. One pipeline per area,
 * all over one {@link Storage}. Its rules for rooms are a simple part of Matrix' own: memberships and power levels.
 */
export class Homeserver {
  readonly storage: Storage;
  readonly server: Server;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: HomeserverSettings;
  /** Asked by the pipelines. */
  readonly hooks: Hooks;
  /** What it offers to modules. */
  readonly services: HomeserverServices;

  readonly store: EventStore;
  readonly accounts = new Accounts(this);
  readonly accountStatuses = new AccountStatuses(this);
  readonly accountRenewal = new AccountRenewal(this);
  readonly clientRegistration = new ClientRegistration(this);
  readonly interactiveAuth = new InteractiveAuth(this);
  readonly authentication = new Authentication(this);
  readonly login = new Login(this);
  readonly sessions = new Sessions(this);
  readonly threepids = new Threepids(this);
  readonly deactivation = new Deactivation(this);
  readonly profileChanges = new ProfileChanges(this);
  readonly accountData = new AccountDataWriter(this);
  readonly userDirectory = new UserDirectory(this);
  readonly events = new Events(this);
  readonly massRedaction = new MassRedaction(this);
  readonly memberships = new Memberships(this);
  readonly threepidInvites = new ThreepidInvites(this);
  readonly roomCreation = new RoomCreation(this);
  readonly roomUpgrade = new RoomUpgrade(this);
  readonly roomShutdown = new RoomShutdown(this);
  readonly directory = new Directory(this);
  readonly presence = new PresenceFanout(this);
  readonly pushes = new Pushes(this);
  readonly media = new Media(this);
  readonly clientEvents = new ClientEvents(this);
  readonly backgroundUpdates = new BackgroundUpdateLoop(this);
  readonly rateLimits: RateLimits;
  readonly federation: Federation;

  readonly #background = new Set<Promise<void>>();

  constructor(parts: HomeserverParts) {
    this.storage = parts.storage;
    this.server = parts.server;
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.hooks = parts.hooks;
    checkOptions("the settings of the homeserver", parts.settings ?? {}, likeDefaults(DEFAULT_SETTINGS));
    this.settings = { ...DEFAULT_SETTINGS, ...parts.settings };
    this.store = new EventStore(parts.storage);
    this.rateLimits = new RateLimits(this);
    this.federation = new Federation(this, parts.remote);
    this.services = createServices(this, parts);
  }

  /** Whether a requester administers the server. */
  async isAdmin({ userId }: Requester): Promise<boolean> {
    return this.services.users.isUserAdmin(userId);
  }

  /** Whether spam checkers leave a requester alone where they leave administrators alone. */
  async actsAsAdmin(requester: Requester): Promise<boolean> {
    return requester.userId === this.settings.serverNoticesUser || (await this.isAdmin(requester));
  }

  /** Starts work that no request waits for. An error of it is logged. */
  inBackground(description: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.logger.error(`The background work '${description}' failed`, { error });
      })
      .finally(() => this.#background.delete(running));
    this.#background.add(running);
  }

  /** Whether background work is going on. */
  get hasBackgroundWork(): boolean {
    return this.#background.size > 0;
  }

  /** Resolves once all background work has ended, also what that work has started. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }
}
