import type { ContainerModule } from "inversify";
import type { Logger } from "winston";
import {
  either,
  listOf,
  logger as loggerRule,
  members,
  object,
  oneOf,
  path,
  positive,
  required,
  text,
  type OptionRule,
  type OptionRules,
} from "../options/check-options.js";
import { bindService, type ServiceFactory, type ServiceToken } from "../services/bind-service.js";
import { Caches } from "../services/caches.js";
import { Clock } from "../services/clock.js";
import { ClockScheduler } from "./clock-scheduler.js";
import type { ClusterOptions } from "./cluster.js";
import { Database } from "../services/database.js";
import { FetchHttpClient, type HttpClientOptions, type TlsOptions } from "./fetch-http-client.js";
import { HttpClient } from "../services/http-client.js";
import { assertInstalled } from "./import-optional.js";
import { InProcessCaches } from "./in-process-caches.js";
import { Mailer } from "../services/mailer.js";
import { NunjucksTemplates } from "./nunjucks-templates.js";
import { PgliteDatabase, type PgliteOptions } from "./pglite-database.js";
import { PostgresDatabase, type PostgresOptions } from "./postgres-database.js";
import { PostgresCaches } from "./postgres-caches.js";
import { PostgresScheduler } from "./postgres-scheduler.js";
import { Scheduler } from "../services/scheduler.js";
import { Server } from "../services/server.js";
import { SmtpMailer, type SmtpOptions } from "./smtp-mailer.js";
import { SystemClock } from "./system-clock.js";
import { Templates } from "../services/templates.js";

/** Which database, and where. @public */
export type DatabaseOptions =
  ({ readonly engine: "postgres" } & PostgresOptions) | ({ readonly engine: "pglite" } & PgliteOptions);

/** The settings of the services that Ligand ships. @public */
export interface DefaultServicesSettings {
  readonly http?: HttpClientOptions;
  /** The mail server; without it there's no `Mailer`. */
  readonly mail?: SmtpOptions;
  /** The database; without it there's no `Database`. */
  readonly database?: DatabaseOptions;
  /** Keeps `Caches` and `Scheduler` in step with the homeserver's other processes; without it there are none. */
  readonly cluster?: ClusterOptions;
  /** The homeserver's own templates. */
  readonly templateDir?: string;
}

/** What the services that Ligand ships are made with. @public */
export interface DefaultServicesOptions extends DefaultServicesSettings {
  readonly logger: Logger;
  /** A looping call that hasn't finished after this many milliseconds is logged; 60,000 by default. */
  readonly pendingLimitMs?: number;
}

const POSTGRES_RULES: OptionRules<PostgresOptions> = {
  connectionString: text,
  maxConnections: positive,
  logger: loggerRule,
};
const PGLITE_RULES: OptionRules<PgliteOptions> = { dataDir: path };

const HTTP_RULES: OptionRules<HttpClientOptions> = {
  proxy: text,
  tls: members<TlsOptions>({ ca: either(listOf(text), text), cert: text, key: text, passphrase: text }),
  timeoutMs: positive,
  userAgent: text,
  clock: object,
};

/** Rules for the settings of the services that Ligand ships. */
export const DEFAULT_SERVICES_RULES: OptionRules<DefaultServicesSettings> = {
  http: members(HTTP_RULES),
  mail: members<SmtpOptions>({
    from: required(text),
    appName: text,
    host: required(text),
    port: positive,
    user: text,
    password: text,
    tls: oneOf("always", "required", "offered", "never"),
  }),
  database: databaseRule(POSTGRES_RULES),
  cluster: members<ClusterOptions>({ connectionString: text, name: text }),
  templateDir: path,
};

/** The settings that can be sent to another process: plain data. @public */
export type SentServicesOptions = Omit<DefaultServicesSettings, "http" | "database"> & {
  readonly http?: Omit<HttpClientOptions, "clock">;
  readonly database?:
    | ({ readonly engine: "postgres" } & Omit<PostgresOptions, "logger">)
    | ({ readonly engine: "pglite" } & PgliteOptions);
};

const { clock: _clock, ...SENT_HTTP_RULES } = HTTP_RULES;
const { logger: _logger, ...SENT_POSTGRES_RULES } = POSTGRES_RULES;
export const SENT_SERVICES_RULES: OptionRules<SentServicesOptions> = {
  ...DEFAULT_SERVICES_RULES,
  http: members(SENT_HTTP_RULES),
  database: databaseRule(SENT_POSTGRES_RULES),
};

function databaseRule(postgres: Readonly<Record<string, OptionRule>>): OptionRule {
  return (value, name) => {
    const engine = required(oneOf("postgres", "pglite"));
    const isPostgres = (Object(value) as Partial<DatabaseOptions>).engine === "postgres";
    const rule = isPostgres ? members({ engine, ...postgres }) : members({ engine, ...PGLITE_RULES });
    return rule(value, name);
  };
}

/** A service that's used if the host binds none. @public */
export interface DefaultService {
  readonly service: ServiceToken<object>;
  readonly bindings: ContainerModule;
}

/**
 * The services that Ligand ships, for those that the host doesn't bind itself: `HttpClient`, `Scheduler`, `Clock`,
 * `Caches`, `Templates`, and, when configured, `Mailer` and `Database`. What they need to know about the homeserver
 * comes from `Server`, if the host binds it.
 *
 * @throws {LigandError} `LIGAND_PACKAGE_MISSING` when a package that the configured services need isn't installed.
 *
 * @public
 */
export function defaultServices(options: DefaultServicesOptions): readonly DefaultService[] {
  const { logger, http, mail, database, cluster, pendingLimitMs, templateDir } = options;
  // Checked now, not on first use: a homeserver that runs alone because of a missing package would do harm until then.
  if (cluster) assertInstalled("pg", "`defaultServices.cluster`");
  if (mail) assertInstalled("nodemailer", "`defaultServices.mail`");
  if (database) {
    assertInstalled(database.engine === "postgres" ? "pg" : "@electric-sql/pglite", "`defaultServices.database`");
  }
  return [
    standIn(Clock, () => new SystemClock({ logger })),
    cluster
      ? standIn(
          Caches,
          (services) => new PostgresCaches({ clock: services.get(Clock), logger, ...cluster }),
          (caches) => caches.close(),
        )
      : standIn(Caches, () => new InProcessCaches()),
    standIn(HttpClient, (services) => new FetchHttpClient({ clock: services.get(Clock), ...http })),
    standIn(
      Scheduler,
      (services) => {
        const server = services.find(Server);
        const shouldRunBackgroundTasks = () => server?.shouldRunBackgroundTasks() ?? true;
        const parts = {
          clock: services.get(Clock),
          logger,
          shouldRunBackgroundTasks,
          ...(pendingLimitMs !== undefined && { pendingLimitMs }),
        };
        return cluster ? new PostgresScheduler({ ...parts, ...cluster }) : new ClockScheduler(parts);
      },
      (scheduler) => scheduler.shutdown(),
    ),
    standIn(Templates, (services) => {
      const server = services.find(Server);
      return new NunjucksTemplates({
        publicBaseUrl: server?.publicBaseUrl ?? "/",
        customTemplateDir: server?.customTemplateDir ?? null,
        builtInDir: templateDir ?? null,
      });
    }),
    ...(mail
      ? [
          standIn(Mailer, (services) => {
            const appName = services.find(Server)?.emailAppName;
            return new SmtpMailer({ ...(appName !== undefined && { appName }), ...mail });
          }),
        ]
      : []),
    ...(database ? [databaseStandIn(database, logger)] : []),
  ];
}

function databaseStandIn(database: DatabaseOptions, logger: Logger): DefaultService {
  return database.engine === "postgres"
    ? standIn(
        Database,
        () => new PostgresDatabase({ logger, ...database }),
        (made) => made.close(),
      )
    : standIn(
        Database,
        () => new PgliteDatabase(database),
        (made) => made.close(),
      );
}

function standIn<T extends object, Made extends T>(
  service: ServiceToken<T>,
  make: ServiceFactory<Made>,
  stop?: (made: Made) => Promise<void>,
): DefaultService {
  return { service, bindings: bindService(service, make, stop && { stop }) };
}
