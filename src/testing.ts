import "reflect-metadata";

export { testModule, testModules, TestKit, type TestEntry, type TestOptions } from "./testing/test-module.js";
export * from "./testing/builders.js";
export { InMemoryHomeserver, type InMemoryParts, type TestUserOptions } from "./testing/in-memory-homeserver.js";
export { TestAccount } from "./testing/test-account.js";
export { TestUser } from "./testing/test-user.js";
export { TestAdmin } from "./testing/test-admin.js";
export { FakeClock } from "./testing/fake-clock.js";
export { FakeHttpClient, type ScriptedResponse } from "./testing/fake-http-client.js";
export { FakeTemplates } from "./testing/fake-templates.js";
export { InMemoryMailer } from "./testing/in-memory-mailer.js";
export { FakeRemoteServers, type RemoteServers } from "./homeserver/remote-servers.js";
export { captureLogs, type LogRecord } from "./testing/captured-logs.js";

// The homeserver itself, for servers that keep their world elsewhere.
export { Homeserver, type HomeserverParts } from "./homeserver/homeserver.js";
export {
  DEFAULT_SETTINGS,
  type AppService,
  type HomeserverSettings,
  type InviteLimits,
  type RateLimit,
} from "./homeserver/homeserver-settings.js";
export { TABLES, type Rows, type Storage, type Table } from "./homeserver/storage.js";
export { createInMemoryStorage, type InMemoryStorage } from "./homeserver/in-memory-storage.js";
export {
  homeserverBindings,
  type HomeserverServices,
  type ServiceBinding,
} from "./homeserver/services/create-services.js";
export { asServer, requesterFor, type Caller } from "./homeserver/caller.js";
export { throwIfDenied } from "./homeserver/denied.js";
export { eventIdOrPretence, ShadowBanError } from "./homeserver/shadow-ban-error.js";
export { InteractiveAuthError } from "./homeserver/pipelines/interactive-auth.js";
export { RateLimiter, type RateLimitCheck } from "./homeserver/pipelines/rate-limits.js";
export type * from "./homeserver/rows.js";
export type { Origin } from "./homeserver/pipelines/login.js";
export type { NewAccount } from "./homeserver/pipelines/accounts.js";
export type { EventDraft } from "./homeserver/pipelines/events.js";
export type { MembershipRequest } from "./homeserver/pipelines/memberships.js";
export type { AccountStatus } from "./homeserver/pipelines/account-status.js";
export type { ProfileChange } from "./homeserver/pipelines/profile-changes.js";
export type { PresenceBatch } from "./homeserver/pipelines/presence-fanout.js";
export type { Upload } from "./homeserver/pipelines/media.js";
export type { UserSearchResult } from "./homeserver/pipelines/user-directory.js";
export type { BackgroundUpdate } from "./homeserver/pipelines/background-updates.js";
