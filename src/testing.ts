import "reflect-metadata";

export { testModule, testModules, TestKit, type TestEntry, type TestOptions } from "./testing/test-module.js";
export * from "./testing/builders.js";
export { InMemoryHomeserver, type TestUserOptions } from "./testing/in-memory-homeserver.js";
export { TestAccount } from "./testing/test-account.js";
export { TestUser } from "./testing/test-user.js";
export { TestAdmin } from "./testing/test-admin.js";
export { FakeClock } from "./testing/fake-clock.js";
export { FakeHttpClient, type ScriptedResponse } from "./testing/fake-http-client.js";
export { FakeTemplates } from "./testing/fake-templates.js";
export { InMemoryMailer } from "./testing/in-memory-mailer.js";
export { FakeRemoteServers, type RemoteServers } from "./testing/remote-servers.js";
export { captureLogs, type LogRecord } from "./testing/captured-logs.js";

// The homeserver itself, for servers that keep their world elsewhere.
export { Homeserver, type HomeserverParts } from "./testing/homeserver.js";
export {
  DEFAULT_SETTINGS,
  type AppService,
  type HomeserverSettings,
  type InviteLimits,
  type RateLimit,
} from "./testing/homeserver-settings.js";
export { TABLES, type Rows, type Storage, type Table } from "./testing/storage.js";
export { createInMemoryStorage, type InMemoryStorage } from "./testing/in-memory-storage.js";
export {
  homeserverBindings,
  type HomeserverServices,
  type ServiceBinding,
} from "./testing/services/create-services.js";
export { asServer, requesterFor, type Caller } from "./testing/caller.js";
export { throwIfDenied } from "./testing/denied.js";
export { eventIdOrPretence, ShadowBanError } from "./testing/shadow-ban-error.js";
export { InteractiveAuthError } from "./testing/pipelines/interactive-auth.js";
export { RateLimiter, type RateLimitCheck } from "./testing/pipelines/rate-limits.js";
export type * from "./testing/rows.js";
export type { Origin } from "./testing/pipelines/login.js";
export type { NewAccount } from "./testing/pipelines/accounts.js";
export type { EventDraft } from "./testing/pipelines/events.js";
export type { MembershipRequest } from "./testing/pipelines/memberships.js";
export type { AccountStatus } from "./testing/pipelines/account-status.js";
export type { ProfileChange } from "./testing/pipelines/profile-changes.js";
export type { PresenceBatch } from "./testing/pipelines/presence-fanout.js";
export type { Upload } from "./testing/pipelines/media.js";
export type { UserSearchResult } from "./testing/pipelines/user-directory.js";
export type { BackgroundUpdate } from "./testing/pipelines/background-updates.js";
