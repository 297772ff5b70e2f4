import "reflect-metadata";

export { createHomeserver, type HomeserverParts } from "./homeserver/create-homeserver.js";
export type { Homeserver } from "./homeserver/homeserver.js";
export { homeserverBindings, type HomeserverServices } from "./homeserver/services/homeserver-services.js";
export {
  DEFAULT_SETTINGS,
  type AppService,
  type BackgroundUpdateSettings,
  type HomeserverSettings,
  type InviteLimits,
  type RateLimit,
} from "./homeserver/homeserver-settings.js";
export { BackgroundWork } from "./homeserver/background-work.js";
export type { RemoteServers } from "./homeserver/remote-servers.js";

// Where it stores everything.
export { createInMemoryStorage, type InMemoryStorage } from "./homeserver/in-memory-storage.js";
export { TABLES, type Rows, type Storage, type Table } from "./homeserver/storage.js";
export type {
  AuthSessionRow,
  ConnectionRow,
  DeviceChangeRow,
  DeviceKeysRow,
  DeviceRow,
  ExternalIdRow,
  IdentityBindingRow,
  LoginTokenRow,
  ProfileRow,
  RenewalRow,
  ThreepidRow,
  ToDeviceRow,
  TokenRow,
  UserRow,
  ValidationRow,
} from "./homeserver/account-rows.js";
export type {
  AliasRow,
  EventRow,
  ForgottenRow,
  ReceiptRow,
  RoomRow,
  StateRow,
  TransactionRow,
  TypingRow,
} from "./homeserver/room-rows.js";
export type {
  AccountDataRow,
  FilterRow,
  MediaRow,
  PresenceRow,
  PusherRow,
  PushRuleRow,
} from "./homeserver/user-data-rows.js";

export { DEFAULT_ROOM_VERSION, ROOM_VERSIONS, type KeptByRedaction, type RoomVersion } from "./matrix/room-versions.js";

// What endpoints need: the caller, and the errors that clients see.
export { asServer, requesterFor, type Caller } from "./homeserver/caller.js";
export { throwIfDenied } from "./homeserver/denied.js";
export { eventIdOrPretence, ShadowBanError } from "./homeserver/shadow-ban-error.js";
export { InteractiveAuthError } from "./homeserver/pipelines/interactive-auth.js";

// The pipelines, and what they take and return.
export type { AccountDataWriter } from "./homeserver/pipelines/account-data-writer.js";
export type { AccountRenewal } from "./homeserver/pipelines/account-renewal.js";
export type { AccountStatus, AccountStatuses } from "./homeserver/pipelines/account-status.js";
export type { Accounts, NewAccount } from "./homeserver/pipelines/accounts.js";
export type { UsernameRules } from "./services/check-username.js";
export type { Administrators } from "./homeserver/pipelines/administrators.js";
export type { Authenticated, Authentication } from "./homeserver/pipelines/authentication.js";
export type { BackgroundUpdate, BackgroundUpdateLoop } from "./homeserver/pipelines/background-updates.js";
export type { ClientEvents } from "./homeserver/pipelines/client-events.js";
export type { ClientRegistration, RegistrationResponse } from "./homeserver/pipelines/client-registration.js";
export type { Deactivation, DeactivationOptions } from "./homeserver/pipelines/deactivation.js";
export type { Directory } from "./homeserver/pipelines/directory.js";
export type { EventStore } from "./homeserver/pipelines/event-store.js";
export type { CreateOptions, EventDraft, Events, SendOptions } from "./homeserver/pipelines/events.js";
export type { Federation } from "./homeserver/pipelines/federation.js";
export type { InteractiveAuth } from "./homeserver/pipelines/interactive-auth.js";
export type { Login, Origin } from "./homeserver/pipelines/login.js";
export type { MassRedaction } from "./homeserver/pipelines/mass-redaction.js";
export type { Media, Upload } from "./homeserver/pipelines/media.js";
export type { MembershipRequest, Memberships } from "./homeserver/pipelines/memberships.js";
export type { PresenceBatch, PresenceFanout } from "./homeserver/pipelines/presence-fanout.js";
export type { ProfileChange, ProfileChangeOptions, ProfileChanges } from "./homeserver/pipelines/profile-changes.js";
export type { Pushes } from "./homeserver/pipelines/pushes.js";
export { RateLimiter, type RateLimitCheck, type RateLimits } from "./homeserver/pipelines/rate-limits.js";
export type { RoomCreation, RoomCreationOptions } from "./homeserver/pipelines/room-creation.js";
export type { InitialState } from "./homeserver/pipelines/room-request.js";
export type { RoomShutdown } from "./homeserver/pipelines/room-shutdown.js";
export type { RoomUpgrade } from "./homeserver/pipelines/room-upgrade.js";
export type { Sessions } from "./homeserver/pipelines/sessions.js";
export type { StateChanges } from "./homeserver/pipelines/state-changes.js";
export type { ThreepidInvites } from "./homeserver/pipelines/threepid-invites.js";
export type { Threepids } from "./homeserver/pipelines/threepids.js";
export type { UserDirectory, UserSearchResult } from "./homeserver/pipelines/user-directory.js";
