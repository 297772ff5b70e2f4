import "reflect-metadata";

export { prepareModules, startModules } from "./start.js";
export { readModules } from "./survey-modules.js";
export type { PreparedModules } from "./prepare-start.js";
export type { OfferedServices, PrepareOptions, StartOptions } from "./start-options.js";
export { Host } from "./container/host.js";
export type { ModuleChanges } from "./container/compare-modules.js";
export type { Health, LastReload, ModuleHealth, ModuleState, SlowestCall } from "./container/health.js";
export type { DecisionsHealth } from "./decisions/decisions.js";
export type {
  CallbackRecord,
  DecisionRecord,
  DecisionSubject,
  ErrorRecord,
  NotAsked,
  ReadRecord,
  Recorded,
  RecordedMark,
} from "./decisions/decision-record.js";
export type { DecisionsOptions, KeptDecisions } from "./decisions/decisions-options.js";
export type { ReloadOptions, ReloadReport } from "./container/reloads.js";
export {
  CATALOGUE,
  SpamChecker,
  ThirdPartyRules,
  PresenceRouter,
  AccountValidity,
  PasswordAuth,
  BackgroundUpdates,
  AccountData,
  UnsignedFields,
  MediaRepository,
  Ratelimit,
  Federation,
  type Hooks,
} from "./catalogue/index.js";
export type { SpamAnswer } from "./catalogue/verdicts.js";
export type { EmailThreepid, RequestInfo } from "./catalogue/spam-checker.js";
export type { EventAllowed } from "./catalogue/event-allowed.js";
export type { RoomVisibility } from "./catalogue/third-party-rules.js";
export type { Renewal } from "./catalogue/account-validity.js";
export type { AuthCheckers, AuthResult, LoginCallback, LoginType } from "./catalogue/auth-checkers.js";
export type { FederationDelivery } from "./catalogue/federation.js";
export type { BackgroundUpdateSlot } from "./catalogue/background-updates.js";

export type { HookContext, MaybePromise } from "./hooks/context.js";
export type { CallbackName } from "./hooks/callback-name.js";
export type { HookStatus, Lazy } from "./hooks/hook.js";
export type { CallbackOptions, EventOptions, StateOptions } from "./hooks/callback-options.js";
export type { Observation, Observer } from "./dispatch/observer.js";

export { Module, type ModuleOptions } from "./modules/module.js";
export { ModuleConfig, ModuleInfo, ModuleLogger } from "./modules/tokens.js";
export type { LoadedModule, ProgrammaticEntry } from "./modules/load-modules.js";
export type { ConfigPath, Locate } from "./config/config-path.js";
export { rejectConfig } from "./config/reject-config.js";
export { Secret } from "./config/config-class/secret.js";

export { Codes, type Code } from "./matrix/codes.js";
export {
  ParsedUserId,
  RoomAlias,
  type UserId,
  type RoomId,
  type EventId,
  type DeviceId,
  type MxcUri,
  type Medium,
} from "./matrix/identifiers.js";
export type { DeepReadonly, JsonObject, JsonValue } from "./matrix/json.js";
export {
  MatrixError,
  InvalidCredentialsError,
  NotFoundError,
  LimitExceededError,
  RedirectError,
  type MatrixErrorOptions,
} from "./matrix/matrix-error.js";
export type { Privacy, PrivacyClass } from "./matrix/privacy.js";
export { readableFile } from "./services/readable-file.js";
export {
  PRESENCE_ALL_USERS,
  RegistrationBehaviour,
  type Requester,
  type ProfileInfo,
  type UserProfile,
  type PresenceState,
  type UserPresenceState,
  type PresenceAllUsers,
  type ThumbnailInfo,
  type FileInfo,
  type ReadableFile,
  type MediaUploadLimit,
  type RatelimitOverride,
  type LoginResponse,
} from "./matrix/records.js";
export {
  RoomEvent,
  type EventReference,
  type InternalMetadata,
  type RoomEventDict,
  type RoomEventOptions,
} from "./matrix/room-event.js";
export { StateMap } from "./matrix/state-map.js";
export type { SelectedState, StateSelection } from "./matrix/state-selection.js";
export { Denial, NOT_SPAM, deny, type NotSpam, type Verdict } from "./matrix/verdict.js";

export { ERRORS, type ErrorCode, type ErrorEntry } from "./errors/catalogue.js";
export { CancelledError, isCancellation } from "./errors/cancelled-error.js";
export { LigandError, type LigandErrorOptions } from "./errors/ligand-error.js";
export { ModuleFailedError } from "./errors/module-failed-error.js";
export { formatPosition, formatProblem, type Position, type Problem } from "./errors/problem.js";
export { ConfigError, ReloadError, StartError } from "./errors/start-error.js";

export { createLogger, type LogFormat, type LogLevel, type LoggerOptions } from "./logging/create-logger.js";
export { redactSecrets } from "./logging/redact-secrets.js";

export { Server } from "./services/server.js";
export { ConfiguredServer, type ServerSettings } from "./services/configured-server.js";
export { Users, type UserInfo, type Threepid, type UserIpAndAgent, type MonthlyActiveUser } from "./services/users.js";
export { Profiles } from "./services/profiles.js";
export { Registration, type NewUser, type NewDevice, type RegisteredDevice } from "./services/registration.js";
export { Auth, type Session, type AuthOptions, type LoginTokenOptions, type SsoLogin } from "./services/auth.js";
export {
  Rooms,
  type StateFilter,
  type Membership,
  type MembershipOptions,
  type MembershipChange,
  type CreateRoomOptions,
  type CreatedRoom,
} from "./services/rooms.js";
export type { ResolvedAlias } from "./services/look-up-alias.js";
export { PublicRooms } from "./services/public-rooms.js";
export { AccountDataStore } from "./services/account-data-store.js";
export { Presence, type PresenceUpdate } from "./services/presence.js";
export {
  InvalidPushRuleError,
  PushRuleNotFoundError,
  PushRules,
  type PushRuleAction,
  type PushRuleKind,
} from "./services/push-rules.js";
export { Pushers, type HttpPusher } from "./services/pushers.js";
export { Mailer, type Mail } from "./services/mailer.js";
export { Templates, type Template } from "./services/templates.js";
export {
  HttpClient,
  type HttpArguments,
  type HttpOptions,
  type HttpReadOptions,
  type HttpRequestOptions,
  type GetFileOptions,
  type DownloadedFile,
  type OutgoingRequest,
} from "./services/http-client.js";
export { HttpResponseError } from "./services/http-response-error.js";
export { Database, type QueryResult, type Transaction } from "./services/database.js";
export { Caches, type CachedFunction } from "./services/caches.js";
export {
  Scheduler,
  type BackgroundCallOptions,
  type LoopingCallOptions,
  type ThreadTask,
  type ThreadPool,
} from "./services/scheduler.js";
export { Clock, type Timer } from "./services/clock.js";
export { SERVICES, type ServiceName } from "./services/services.js";
export type { ServiceDeclaration, ServiceEffect, ServiceMethod } from "./services/service-declaration.js";
export {
  bindService,
  type BindServiceOptions,
  type ServiceFactory,
  type ServiceLookup,
  type ServiceToken,
} from "./services/bind-service.js";
export {
  defaultServices,
  type DatabaseOptions,
  type DefaultService,
  type DefaultServicesOptions,
  type DefaultServicesSettings,
  type SentServicesOptions,
} from "./default-services/default-services.js";
export { SystemClock, type SystemClockOptions } from "./default-services/system-clock.js";
export { ClockScheduler, type ClockSchedulerOptions } from "./default-services/clock-scheduler.js";
export { FetchHttpClient, type TlsOptions, type HttpClientOptions } from "./default-services/fetch-http-client.js";
export type { SmtpOptions } from "./default-services/smtp-mailer.js";
export { PostgresDatabase, type PostgresOptions } from "./default-services/postgres-database.js";
export { PgliteDatabase, type PgliteOptions } from "./default-services/pglite-database.js";
export {
  PostgresSession,
  type PostgresConnection,
  type PostgresSessionOptions,
} from "./default-services/postgres-session.js";
export type { ClusterOptions } from "./default-services/cluster.js";
export { Cached, cacheOf, type CachedOptions, type CacheOf } from "./modules/cached.js";
export type { CacheKeyOptions } from "./modules/cache-keys.js";
export type { CachedCallOptions, MethodCache } from "./modules/method-cache.js";
export { Every } from "./modules/every.js";
export type { Duration } from "./options/duration.js";
export type {
  HookOperate,
  Operate,
  OperateBreaker,
  OperateDuration,
  OperateMatcher,
} from "./config/operate/operate.js";
export type { FailureWish, FailureWishes, ModuleMode, RestMode } from "./config/operate/operate-keys.js";

export { WebResource, type WebCallback, type WebResourceOptions } from "./web/web-resource.js";
export type { HttpMethod } from "./web/http-method.js";
export { parseJsonObject, type ParseJsonOptions } from "./web/parse-json-object.js";
export { respondWithHtml } from "./web/respond-with-html.js";

export { remoteHost, serve, startIsolated } from "./on-demand.js";
export { inspector, serveInspector, type InspectorOptions } from "./inspector/inspector.js";
export { collectInto, type Metered, type MetricsRegistry } from "./telemetry/collect-into.js";
export type { TlsFiles } from "./inspector/guards/tls-files.js";
export type { ServedInspector, ServeInspectorOptions } from "./inspector/serve-inspector.js";
export type { ServedModules, ServeOptions } from "./remote/module-side/serve.js";
export type { ServerHealth } from "./remote/module-side/served-health.js";
export type { RemoteHealth } from "./remote/homeserver-side/remote-health.js";
export type { RemoteHost, RemoteHostOptions } from "./remote/homeserver-side/remote-host.js";
export type { IsolatedOptions } from "./start-isolated.js";
export type { ModulesInfo, RemoteCallback, RemoteHook, RemoteWebPath } from "./remote/wire/protocol.js";

// The part of Inversify that module authors need, so that modules needn't import it.
export { inject, optional, postConstruct, preDestroy } from "./modules/injection-decorators.js";
