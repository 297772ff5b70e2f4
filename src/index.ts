import "reflect-metadata";

export { startModules, readModules } from "./start.js";
export type { StartOptions } from "./start-options.js";
export { Host } from "./container/host.js";
export * from "./catalogue/index.js";
export type { SpamAnswer } from "./catalogue/verdicts.js";
export type { EmailThreepid, RequestInfo } from "./catalogue/spam-checker.js";
export type { EventAllowed, RoomVisibility } from "./catalogue/third-party-rules.js";
export type { Renewal } from "./catalogue/account-validity.js";
export type { AuthResult, LoginCallback } from "./catalogue/password-auth.js";
export type { AuthCheckers, LoginType } from "./catalogue/auth-checkers.js";
export type { FederationDelivery } from "./catalogue/federation.js";
export type { BackgroundUpdateSlot } from "./catalogue/background-updates.js";

export type { HookContext, MaybePromise } from "./hooks/context.js";
export type { CallbackName, HookStatus, Lazy } from "./hooks/hook.js";
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
export { readableFile } from "./matrix/readable-file.js";
export * from "./matrix/records.js";
export * from "./matrix/room-event.js";
export * from "./matrix/state-map.js";
export { Denial, NOT_SPAM, deny, type NotSpam, type Verdict } from "./matrix/verdict.js";

export { ERRORS, type ErrorCode, type ErrorEntry } from "./errors/catalogue.js";
export { CancelledError, isCancellation } from "./errors/cancelled-error.js";
export { LigandError, type LigandErrorOptions } from "./errors/ligand-error.js";
export { ModuleFailedError } from "./errors/module-failed-error.js";
export { formatPosition, formatProblem, type Position, type Problem } from "./errors/problem.js";
export { ConfigError, StartError } from "./errors/start-error.js";

export { createLogger, type LogFormat, type LogLevel, type LoggerOptions } from "./logging/create-logger.js";
export { redactSecrets } from "./logging/redact-secrets.js";

export * from "./services/index.js";

export { WebResource, type WebCallback, type WebResourceOptions } from "./web/web-resource.js";
export type { HttpMethod } from "./web/http-method.js";
export { parseJsonObject, type ParseJsonOptions } from "./web/parse-json-object.js";
export { respondWithHtml } from "./web/respond-with-html.js";

export { serve, type ServedModules, type ServeOptions } from "./remote/serve.js";
export type { ServerHealth } from "./remote/module-server.js";
export { remoteHost, type RemoteHost, type RemoteHostOptions } from "./remote/remote-host.js";
export { startIsolated, type IsolatedOptions } from "./remote/isolated.js";
export type { ModulesInfo, RemoteHook, RemoteWebPath } from "./remote/protocol.js";

// What authors of modules need of Inversify, and no more: a module needs no import of it.
export { inject, optional, postConstruct, preDestroy } from "./modules/injection-decorators.js";
