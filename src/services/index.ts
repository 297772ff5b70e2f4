export * from "./server.js";
export * from "./configured-server.js";
export * from "./users.js";
export * from "./profiles.js";
export * from "./registration.js";
export * from "./auth.js";
export * from "./rooms.js";
export * from "./public-rooms.js";
export * from "./account-data-store.js";
export * from "./presence.js";
export * from "./push-rules.js";
export * from "./pushers.js";
export * from "./mailer.js";
export * from "./templates.js";
export * from "./http-client.js";
export * from "./http-response-error.js";
export * from "./database.js";
export * from "./caches.js";
export * from "./scheduler.js";
export * from "./clock.js";
export * from "./services.js";
export {
  bindService,
  type BindServiceOptions,
  type ServiceFactory,
  type ServiceLookup,
  type ServiceToken,
} from "./bind-service.js";
export {
  defaultServices,
  type DatabaseOptions,
  type DefaultService,
  type DefaultServicesOptions,
  type SentServicesOptions,
} from "./default-services.js";
export * from "./system-clock.js";
export * from "./clock-scheduler.js";
export * from "./in-process-caches.js";
export * from "./fetch-http-client.js";
export * from "./nunjucks-templates.js";
export * from "./smtp-mailer.js";
export * from "./postgres-database.js";
export * from "./pglite-database.js";
export * from "./postgres-session.js";
export * from "./postgres-caches.js";
export * from "./postgres-scheduler.js";
export type { ClusterOptions } from "./cluster.js";
export * from "./cached.js";
export type { CacheKeyOptions } from "./cache-keys.js";
export type { CachedCallOptions, MethodCache } from "./method-cache.js";
export { Every } from "./every.js";
export type { Duration } from "./duration.js";
