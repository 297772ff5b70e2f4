import type { Logger } from "winston";
import { emptyHooks } from "../catalogue/build-hooks.js";
import type { Hooks } from "../catalogue/index.js";
import { createHomeserver } from "../homeserver/create-homeserver.js";
import type { HomeserverSettings } from "../homeserver/homeserver-settings.js";
import type { Homeserver } from "../homeserver/homeserver.js";
import { createInMemoryStorage } from "../homeserver/in-memory-storage.js";
import type { Storage } from "../homeserver/storage.js";
import type { UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import { ConfiguredServer, type ServerSettings } from "../services/configured-server.js";
import { TEST_SERVER } from "./builders.js";
import { asEndpoint, TEST_ORIGIN } from "./endpoint.js";
import { FakeClock } from "./fake-clock.js";
import { FakeHttpClient } from "./fake-http-client.js";
import { FakeRemoteServers } from "./fake-remote-servers.js";
import { InMemoryMailer } from "./in-memory-mailer.js";
import { TestBackgroundWork } from "./test-background-work.js";
import { TestUser } from "./test-user.js";

/** How a test's user differs from an ordinary one. @public */
export interface TestUserOptions {
  readonly admin?: boolean;
  readonly password?: string;
  readonly displayname?: string;
}

/** What an in-memory homeserver is built from; it brings the rest itself. @public */
export interface InMemoryParts {
  readonly logger: Logger;
  /** By default no module answers. */
  readonly hooks?: Hooks;
  /** Its own configuration; its name is `example.org` by default. */
  readonly server?: Partial<ServerSettings>;
  readonly settings?: Partial<HomeserverSettings>;
  /** Where it stores its data; in memory by default. */
  readonly storage?: Storage;
  /** Its clock, if others have it too. */
  readonly clock?: FakeClock;
}

/**
 * A {@link Homeserver} in memory, with a clock, a mailer, an HTTP client and other servers that a test controls.
 *
 * @public
 */
export interface InMemoryHomeserver extends Homeserver {
  readonly clock: FakeClock;
  readonly mailer: InMemoryMailer;
  readonly http: FakeHttpClient;
  readonly remote: FakeRemoteServers;
  /** A logged-in user. The account is created if it doesn't exist. */
  user(name: string, options?: TestUserOptions): Promise<TestUser>;
  /** Logs a client in: `POST /login`. */
  logIn(body: JsonObject): Promise<TestUser>;
  /** Registers a client in one step: `POST /register` with `m.login.dummy`, unless the body has its own `auth`. */
  register(body: JsonObject): Promise<TestUser>;
  /**
   * Resolves once requests have finished, including their background work, such as `onNewEvent`. It doesn't wait for what
   * waits for the clock: only the test can move that.
   */
  settled(): Promise<void>;
}

/** Builds an {@link InMemoryHomeserver}. @public */
export function createInMemoryHomeserver(parts: InMemoryParts): InMemoryHomeserver {
  const { logger, hooks = emptyHooks(), storage = createInMemoryStorage(), clock = new FakeClock() } = parts;
  const server = new ConfiguredServer({ serverName: TEST_SERVER, ...parts.server });
  const mailer = new InMemoryMailer(server);
  const http = new FakeHttpClient(clock);
  const remote = new FakeRemoteServers();
  const homeserver = createHomeserver({
    storage,
    server,
    clock,
    logger,
    mailer,
    httpClient: http,
    remote,
    hooks,
    settings: { passwordCost: 1024, ...parts.settings },
    background: new TestBackgroundWork(logger, clock),
  });
  const { accounts, sessions, login, clientRegistration, services } = homeserver;
  return {
    ...homeserver,
    clock,
    mailer,
    http,
    remote,
    async user(name, { admin = false, password, displayname } = {}) {
      const userId: UserId = `@${name}:${server.serverName}`;
      if ((await services.users.getUserInfoById(userId)) === null) {
        await accounts.create({
          localpart: name,
          isAdmin: admin,
          ...(password !== undefined && { password }),
          ...(displayname !== undefined && { displayname }),
        });
      }
      const { accessToken, deviceId } = await sessions.create(userId);
      return new TestUser(homeserver, userId, accessToken, deviceId);
    },
    async logIn(body) {
      const response = await asEndpoint(homeserver, () => login.logIn(body, TEST_ORIGIN));
      return new TestUser(homeserver, response.user_id, response.access_token, response.device_id);
    },
    async register(body) {
      const whole = { auth: { type: "m.login.dummy" }, ...body };
      const response = await asEndpoint(homeserver, () => clientRegistration.register(whole, TEST_ORIGIN));
      const { user_id: userId, access_token: token, device_id: device } = response;
      if (token !== undefined && device !== undefined) return new TestUser(homeserver, userId, token, device);
      const { accessToken, deviceId } = await sessions.create(userId);
      return new TestUser(homeserver, userId, accessToken, deviceId);
    },
  };
}
