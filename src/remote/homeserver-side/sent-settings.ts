import type { DefaultServicesSettings, SentServicesOptions } from "../../default-services/default-services.js";
import type { ServiceName } from "../../services/services.js";

/** The settings of the services that modules inject, as far as these run in the modules' process; none of any other. */
export function settingsFor(injected: ReadonlySet<string>, settings: DefaultServicesSettings): SentServicesOptions {
  const has = (...names: readonly ServiceName[]) => names.some((name) => injected.has(name));
  const { http, database, cluster, templateDir } = settings;
  return {
    ...(has("HttpClient") && http && { http: withoutClock(http) }),
    ...(has("Database") && database && { database: withoutLogger(database) }),
    ...(has("Caches", "Scheduler") && cluster && { cluster }),
    ...(has("Templates") && templateDir !== undefined && { templateDir }),
  };
}

// The process has a clock and a logger of its own.

function withoutClock({
  clock: _,
  ...http
}: NonNullable<DefaultServicesSettings["http"]>): NonNullable<SentServicesOptions["http"]> {
  return http;
}

function withoutLogger(
  database: NonNullable<DefaultServicesSettings["database"]>,
): NonNullable<SentServicesOptions["database"]> {
  if (database.engine === "pglite") return database;
  const { logger: _, ...postgres } = database;
  return postgres;
}
