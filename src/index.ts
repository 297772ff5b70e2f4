import "reflect-metadata";

export { prepareModules, readModules, startModules, type PreparedModules } from "./start.js";
export type { OfferedServices, PrepareOptions, StartOptions } from "./start-options.js";
export { Host } from "./container/host.js";
export * from "./catalogue/index.js";
export type { SpamAnswer } from "./catalogue/verdicts.js";
export type { EmailThreepid, RequestInfo } from "./catalogue/spam-checker.js";
export type { EventAllowed, RoomVisibility } from "./catalogue/third-party-rules.js";
export type { Renewal } from "./catalogue/account-validity.js";
export type { AuthCheckers, AuthResult, LoginCallback, LoginType } from "./catalogue/auth-checkers.js";
export type { FederationDelivery } from "./catalogue/federation.js";
export type { BackgroundUpdateSlot } from "./catalogue/background-updates.js";

export type { HookContext, MaybePromise } from "./hooks/context.js";
export type { CallbackName, HookStatus, Lazy } from "./hooks/hook.js";
export type { CallbackOptions, EventOptions, StateOptions } from "./hooks/callback-options.js";
export type { Observation, Observer } from "./hooks/observer.js";

export { Module, type ModuleOptions } from "./modules/module.js";
export { ModuleConfig, ModuleInfo, ModuleLogger } from "./modules/tokens.js";
export type { LoadedModule, ProgrammaticEntry } from "./modules/load-modules.js";
export type { ConfigPath, Locate } from "./config/config-path.js";
export { rejectConfig } from "./config/reject-config.js";

export * from "./matrix/codes.js";
export * from "./matrix/identifiers.js";
export { deepFreeze, type DeepReadonly, type JsonObject, type JsonValue } from "./matrix/json.js";
export * from "./matrix/matrix-error.js";
export { readableFile } from "./services/readable-file.js";
export * from "./matrix/records.js";
export * from "./matrix/room-event.js";
export * from "./matrix/state-map.js";
export type { SelectedState, StateSelection } from "./matrix/state-selection.js";
export { Denial, NOT_SPAM, deny, type NotSpam, type Verdict } from "./matrix/verdict.js";

export { ERRORS, type ErrorCode, type ErrorEntry } from "./errors/catalogue.js";
export { CancelledError, isCancellation } from "./errors/cancelled-error.js";
export { LigandError, type LigandErrorOptions } from "./errors/ligand-error.js";
export { ModuleFailedError } from "./errors/module-failed-error.js";
export { formatPosition, formatProblem, type Position, type Problem } from "./errors/problem.js";
export { ConfigError, StartError } from "./errors/start-error.js";

export { createLogger, type LogFormat, type LogLevel, type LoggerOptions } from "./logging/create-logger.js";
export { redactSecrets } from "./logging/redact-secrets.js";

export * from "./services/server.js";
export * from "./services/configured-server.js";
export * from "./services/users.js";
export * from "./services/profiles.js";
export * from "./services/registration.js";
export * from "./services/auth.js";
export * from "./services/rooms.js";
export type { ResolvedAlias } from "./services/look-up-alias.js";
export * from "./services/public-rooms.js";
export * from "./services/account-data-store.js";
export * from "./services/presence.js";
export * from "./services/push-rules.js";
export * from "./services/pushers.js";
export * from "./services/mailer.js";
export * from "./services/templates.js";
export * from "./services/http-client.js";
export * from "./services/http-response-error.js";
export * from "./services/database.js";
export * from "./services/caches.js";
export * from "./services/scheduler.js";
export * from "./services/clock.js";
export { SERVICES, type ServiceClass, type ServiceName } from "./services/services.js";
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
  type SentServicesOptions,
} from "./default-services/default-services.js";
export * from "./default-services/system-clock.js";
export * from "./default-services/clock-scheduler.js";
export * from "./default-services/in-process-caches.js";
export * from "./default-services/fetch-http-client.js";
export * from "./default-services/nunjucks-templates.js";
export * from "./default-services/smtp-mailer.js";
export * from "./default-services/postgres-database.js";
export * from "./default-services/pglite-database.js";
export * from "./default-services/postgres-session.js";
export * from "./default-services/postgres-caches.js";
export * from "./default-services/postgres-scheduler.js";
export type { ClusterOptions } from "./default-services/cluster.js";
export * from "./modules/cached.js";
export type { CacheKeyOptions } from "./modules/cache-keys.js";
export type { CachedCallOptions, MethodCache } from "./modules/method-cache.js";
export { Every } from "./modules/every.js";
export type { Duration } from "./modules/duration.js";

export { WebResource, type WebCallback, type WebResourceOptions } from "./web/web-resource.js";
export type { HttpMethod } from "./web/http-method.js";
export { parseJsonObject, type ParseJsonOptions } from "./web/parse-json-object.js";
export { respondWithHtml } from "./web/respond-with-html.js";

export { serve, type ServedModules, type ServeOptions } from "./remote/module-side/serve.js";
export type { ServerHealth } from "./remote/module-side/module-server.js";
export type { RemoteHealth } from "./remote/homeserver-side/remote-health.js";
export { remoteHost, type RemoteHost, type RemoteHostOptions } from "./remote/homeserver-side/remote-host.js";
export { startIsolated, type IsolatedOptions } from "./remote/homeserver-side/isolated.js";
export type { ModulesInfo, RemoteHook, RemoteWebPath } from "./remote/wire/protocol.js";

// What authors of modules need of Inversify, and no more: a module needs no import of it.
export { inject, optional, postConstruct, preDestroy } from "./modules/injection-decorators.js";
