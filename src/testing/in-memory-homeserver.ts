import { setImmediate } from "node:timers/promises";
import type { Logger } from "winston";
import { emptyHooks } from "../catalogue/build-hooks.js";
import type { Hooks } from "../catalogue/index.js";
import type { UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import { ConfiguredServer, type ServerSettings } from "../services/configured-server.js";
import { TEST_SERVER } from "./builders.js";
import { FakeClock } from "./fake-clock.js";
import { FakeHttpClient } from "./fake-http-client.js";
import type { HomeserverSettings } from "../homeserver/homeserver-settings.js";
import { Homeserver } from "../homeserver/homeserver.js";
import { InMemoryMailer } from "./in-memory-mailer.js";
import { createInMemoryStorage } from "../homeserver/in-memory-storage.js";
import { FakeRemoteServers } from "../homeserver/remote-servers.js";
import { asEndpoint, TEST_ORIGIN } from "./endpoint.js";
import type { Storage } from "../homeserver/storage.js";
import { TestUser } from "./test-user.js";

/** Who a test's user is, beside an ordinary one. */
export interface TestUserOptions {
  readonly admin?: boolean;
  readonly password?: string;
  readonly displayname?: string;
}

/** What a homeserver in memory is made of; it has the rest itself. */
export interface InMemoryParts {
  readonly logger: Logger;
  /** By default no module answers. */
  readonly hooks?: Hooks;
  /** What it says of itself; its name is `example.org` by default. */
  readonly server?: Partial<ServerSettings>;
  readonly settings?: Partial<HomeserverSettings>;
  /** Where it keeps its world; in memory by default. */
  readonly storage?: Storage;
}

/** After this many turns, work that waits for the clock is left waiting. */
const TURNS = 10;

/** A {@link Homeserver} in memory, with a clock, a mailer, an HTTP client and other servers that a test controls. */
export class InMemoryHomeserver extends Homeserver {
  override readonly clock: FakeClock;
  readonly mailer: InMemoryMailer;
  readonly http: FakeHttpClient;
  readonly remote: FakeRemoteServers;

  constructor({ logger, hooks = emptyHooks(), server, settings, storage }: InMemoryParts) {
    const clock = new FakeClock();
    const ourServer = new ConfiguredServer({ serverName: TEST_SERVER, ...server });
    const mailer = new InMemoryMailer(ourServer);
    const httpClient = new FakeHttpClient(clock);
    const remote = new FakeRemoteServers();
    super({
      storage: storage ?? createInMemoryStorage(),
      hooks,
      server: ourServer,
      clock,
      logger,
      mailer,
      httpClient,
      remote,
      settings: { passwordCost: 1024, ...settings },
    });
    this.clock = clock;
    this.mailer = mailer;
    this.http = httpClient;
    this.remote = remote;
  }

  /** A user who has an account and is logged in: the account is created if there is none. */
  async user(name: string, { admin = false, password, displayname }: TestUserOptions = {}): Promise<TestUser> {
    const { serverName } = this.server;
    const userId: UserId = `@${name}:${serverName}`;
    if ((await this.services.users.getUserInfoById(userId)) === null) {
      await this.accounts.create({
        localpart: name,
        isAdmin: admin,
        ...(password !== undefined && { password }),
        ...(displayname !== undefined && { displayname }),
      });
    }
    const { accessToken, deviceId } = await this.sessions.create(userId);
    return new TestUser(this, userId, accessToken, deviceId);
  }

  /** A client logs in: `POST /login`. */
  async logIn(body: JsonObject): Promise<TestUser> {
    const response = await asEndpoint(this, () => this.login.logIn(body, TEST_ORIGIN));
    return new TestUser(this, response.user_id, response.access_token, response.device_id);
  }

  /** A client registers in one step: `POST /register` with `m.login.dummy`, unless the body has its own `auth`. */
  async register(body: JsonObject): Promise<TestUser> {
    const whole = { auth: { type: "m.login.dummy" }, ...body };
    const response = await asEndpoint(this, () => this.clientRegistration.register(whole, TEST_ORIGIN));
    return new TestUser(this, response.user_id, response.access_token, response.device_id);
  }

  /**
   * Resolves once the work of requests has ended, also that which goes on in the background, such as `onNewEvent`.
   * What waits for the clock is not waited for: only the test can move it.
   */
  override async settled(): Promise<void> {
    for (let turns = 0; ; turns += 1) {
      await setImmediate();
      if (!this.hasBackgroundWork) return;
      if (this.clock.sleepers > 0 && turns >= TURNS) return;
    }
  }
}
