import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerModule } from "inversify";
import type { Host } from "#src/container/host.js";
import type { ProgrammaticEntry } from "#src/modules/load-modules.js";
import { parseListenAddress } from "#src/remote/wire/listen-address.js";
import { ModuleServer } from "#src/remote/module-side/module-server.js";
import { LIMITS, type Limits } from "#src/remote/wire/limits.js";
import { REAL_RUNTIME, type Runtime } from "#src/remote/wire/runtime.js";
import { modulesInfo } from "#src/container/modules-info.js";
import { remoteHost } from "#src/on-demand.js";
import type { RemoteHost, RemoteHostOptions } from "#src/remote/homeserver-side/remote-host.js";
import { remoteServices } from "#src/remote/module-side/remote-services.js";
import { bindService } from "#src/services/bind-service.js";
import { ConfiguredServer } from "#src/services/configured-server.js";
import { Server } from "#src/services/server.js";
import { startModules } from "#src/start.js";
import { readModules } from "#src/survey-modules.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";

/** Modules that a server of this process serves, and the homeservers of this process that ask them. */
export class Served {
  /** The host behind the server, once a homeserver asked for it. */
  host: Host | undefined;
  readonly #hosts: RemoteHost[] = [];

  constructor(
    readonly server: ModuleServer,
    readonly address: string,
    readonly logs: readonly LogRecord[],
  ) {}

  /** @param own services beside `Server`. */
  async connect(
    own: readonly ContainerModule[] = [],
    { services = [serverBinding()], ...options }: Partial<RemoteHostOptions> = {},
  ): Promise<RemoteHost> {
    const host = await remoteHost({ address: this.address, services: [...services, ...own], ...options });
    this.#hosts.push(host);
    return host;
  }

  /** A connection of a peer that need not keep to the protocol. */
  async raw(): Promise<Socket> {
    const [kind, ...rest] = this.address.split(":");
    const socket = kind === "unix" ? createConnection(rest.join(":")) : createConnection(Number(rest.at(-1)), rest[0]);
    await once(socket, "connect");
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.stop()));
    await this.server.stop();
  }
}

export interface ServeTestOptions {
  readonly address?: string;
  readonly stopTimeoutMs?: number;
  readonly limits?: Partial<Limits>;
  readonly runtime?: Runtime;
  /** What the introduction of a homeserver waits for. */
  readonly examined?: () => Promise<void>;
}

/** Serves module classes of a test. */
export async function serveModules(
  modules: readonly ProgrammaticEntry[],
  { address = unixAddress(), stopTimeoutMs = 5000, limits, runtime = REAL_RUNTIME, examined }: ServeTestOptions = {},
): Promise<Served> {
  const { logger, records } = captureLogs({ all: true });
  const loaded = await readModules({ modules });
  const server = new ModuleServer({
    address: parseListenAddress(address),
    logger,
    stopTimeoutMs,
    runtime: { ...runtime, limits: { ...LIMITS, ...limits } },
    async introduce(_, instance) {
      await examined?.();
      return modulesInfo(loaded, "0.0.0", instance);
    },
    async start(homeserver, call, serverLogger) {
      const services = remoteServices({ ...homeserver, runsBackgroundTasks: true }, call);
      served.host = await startModules({ modules, logger: serverLogger, services });
      return served.host;
    },
  });
  const served = new Served(server, address, records);
  await server.listen();
  return served;
}

const folder = mkdtempSync(join(tmpdir(), "ligand-"));
process.once("exit", () => rmSync(folder, { recursive: true }));
let sockets = 0;

/** An address at which no process listens. */
export function unixAddress(): string {
  return `unix:${join(folder, `${++sockets}.sock`)}`;
}

/** What every homeserver offers. */
export function serverBinding(
  settings: { workerName?: string; runBackgroundTasks?: boolean; serverName?: string } = {},
) {
  return bindService(Server, new ConfiguredServer({ serverName: "example.org", ...settings }));
}

/** A message in the framing of the protocol. */
export function frame(message: unknown): string {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Introduces a homeserver by hand. */
export function initialize(changes: object = {}): object {
  const params = {
    protocol: 3,
    software: "Test",
    serverName: "example.org",
    publicBaseUrl: "https://example.org/",
    emailAppName: "Matrix",
    workerName: null,
    workerApp: null,
    customTemplateDir: null,
    runsBackgroundTasks: true,
    services: [],
    ...changes,
  };
  return { jsonrpc: "2.0", id: 1, method: "ligand/initialize", params };
}

/** What a promise comes to, as a value to compare. */
export async function outcomeOf(ask: () => unknown): Promise<{ result: unknown } | { error: unknown }> {
  try {
    return { result: await ask() };
  } catch (error) {
    return { error };
  }
}

/** Collects the promises that are rejected and that nothing waits for, which mocha passes over. */
export function watchRejections(): { readonly reasons: readonly unknown[] } & Disposable {
  const reasons: unknown[] = [];
  const push = (reason: unknown) => void reasons.push(reason);
  process.on("unhandledRejection", push);
  return { reasons, [Symbol.dispose]: () => void process.off("unhandledRejection", push) };
}
