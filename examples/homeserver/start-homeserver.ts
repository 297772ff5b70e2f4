import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import {
  type ClusterOptions,
  Codes,
  ConfiguredServer,
  createLogger,
  FetchHttpClient,
  prepareModules,
  SystemClock,
  type DatabaseOptions,
  type Host,
  type ServerSettings,
  type PrepareOptions,
} from "ligand";
import {
  createHomeserver,
  homeserverBindings,
  type Homeserver,
  type HomeserverSettings,
  type Storage,
} from "ligand/homeserver";
import { createApp } from "./api/app.js";
import { NoFederation } from "./no-federation.js";
import { Outbox } from "./outbox.js";
import { NEWS, Sync } from "./sync/sync.js";
import { watchStorage } from "./sync/watch-storage.js";
import { openWakeups } from "./wakeups.js";

const STOP_TIMEOUT_MS = 10_000;

/** What a homeserver is started with, beside its modules. */
export interface HomeserverOptions extends Pick<
  PrepareOptions,
  "configFile" | "lastGood" | "modules" | "logger" | "observer"
> {
  readonly server: ServerSettings;
  readonly storage: Storage;
  /** The database of modules; by default one in memory. */
  readonly database?: DatabaseOptions;
  /** The PostgreSQL by which it talks to its other processes, if there are some. */
  readonly cluster?: Required<Pick<ClusterOptions, "connectionString">>;
  /** A folder for mails. */
  readonly dataDir: string;
  /** 0 for one that is free. */
  readonly port: number;
  readonly settings?: Partial<HomeserverSettings>;
}

/** A homeserver that answers requests. */
export interface RunningHomeserver {
  readonly url: string;
  readonly homeserver: Homeserver;
  readonly host: Host;
  /** Takes no new requests, ends those that wait for news, lets the others end, and stops the modules. */
  stop(): Promise<void>;
}

/**
 * The way of the start: the modules are prepared, which gives the hooks; the homeserver is built on them; the modules
 * start, and find its services; requests last.
 */
export async function startHomeserver(options: HomeserverOptions): Promise<RunningHomeserver> {
  const { logger = createLogger(), database = { engine: "pglite" }, dataDir, port } = options;
  const wakeups = openWakeups(options.cluster?.connectionString, logger);
  const storage = watchStorage(options.storage, () => {
    wakeups.notify(NEWS).catch((error: unknown) => logger.warn("Other processes do not know of news", { error }));
  });
  const server = new ConfiguredServer(options.server);
  const clock = new SystemClock();
  const mailer = new Outbox(join(dataDir, "outbox"), server);
  const modules = prepareModules({
    ...(options.configFile !== undefined && { configFile: options.configFile }),
    ...(options.lastGood !== undefined && { lastGood: options.lastGood }),
    ...(options.modules && { modules: options.modules }),
    ...(options.observer && { observer: options.observer }),
    defaultServices: { database, ...(options.cluster && { cluster: options.cluster }) },
    logger,
  });
  const homeserver = createHomeserver({
    storage,
    server,
    clock,
    logger,
    mailer,
    httpClient: new FetchHttpClient({ clock }),
    remote: new NoFederation(storage, mailer),
    hooks: modules.hooks,
    ...(options.settings && { settings: options.settings }),
  });

  const host = await modules.start({ services: homeserverBindings(homeserver) });
  const app = createApp({ homeserver, host, sync: new Sync(homeserver, wakeups) });
  let isStopping = false;
  const fetch = (request: Request, env: HttpBindings) => (isStopping ? stopping() : app.fetch(request, env));
  const http = createAdaptorServer({ fetch: fetch as typeof app.fetch, overrideGlobalObjects: false }) as HttpServer;
  http.listen(port, "127.0.0.1");
  await once(http, "listening");
  const stop = async () => {
    isStopping = true;
    await wakeups.close();
    await close(http);
    await homeserver.settled();
    await host.stop();
  };
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, homeserver, host, stop };
}

/** Lets requests end that have begun, for a while, and keeps no connection for further ones. */
async function close(http: HttpServer): Promise<void> {
  const closed = once(http, "close");
  http.close();
  const idle = setInterval(() => http.closeIdleConnections(), 20);
  const slow = setTimeout(() => http.closeAllConnections(), STOP_TIMEOUT_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(slow);
}

function stopping(): Response {
  const body = { errcode: Codes.UNKNOWN, error: "The server is stopping" };
  return Response.json(body, { status: 503, headers: { Connection: "close" } });
}
