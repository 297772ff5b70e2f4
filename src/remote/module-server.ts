import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { Server, Socket } from "node:net";
import type { Logger } from "winston";
import type { Host } from "../container/host.js";
import { LigandError } from "../errors/ligand-error.js";
import { causeMessages } from "../errors/problem.js";
import { listen, openDescriptor } from "./listen.js";
import { formatListenAddress, type ListenAddress } from "./listen-address.js";
import { Peer } from "./peer.js";
import { PeerHandles } from "./peer-handles.js";
import { CallService, type HomeserverInfo, type ModulesInfo } from "./protocol.js";
import type { CallRemoteService } from "./remote-services.js";
import { serveHooks, type AnswerInfo } from "./serve-hooks.js";
import { decode, encode } from "./wire.js";

/** What a {@link ModuleServer} is made of. */
export interface ModuleServerOptions {
  readonly address: ListenAddress;
  readonly logger: Logger;
  /** What the modules tell a homeserver; throws when they cannot run beside it. */
  readonly introduce: (homeserver: HomeserverInfo, instance: string) => Promise<ModulesInfo>;
  /** Starts the modules for a homeserver that was introduced. */
  readonly start: (homeserver: HomeserverInfo, call: CallRemoteService, logger: Logger) => Promise<Host>;
  /** How long {@link ModuleServer.stop} waits for calls that are under way, in milliseconds. */
  readonly stopTimeoutMs: number;
}

/** A process of a homeserver that is connected. */
interface Connected {
  readonly id: number;
  readonly peer: Peer;
  readonly handles: PeerHandles;
  info: HomeserverInfo | undefined;
}

/** How served modules fare. */
export interface ServerHealth {
  /** `waiting` until a homeserver asks for the modules; `failed` while the last attempt to start them failed. */
  readonly status: "waiting" | "running" | "failed" | "stopping";
  /** How many processes of homeservers are connected. */
  readonly connections: number;
  /** Differs for each start of the process. */
  readonly instance: string;
  /** How many functions of modules the homeserver may still call, such as those that follow a login. */
  readonly keptFunctions: number;
  /** The ids of the modules that run. */
  readonly modules: readonly string[];
}

/**
 * Modules for a homeserver in other processes: any number of connections, one host. The modules start when the first
 * connection asks for it, since only the homeserver knows its name and its services.
 */
export class ModuleServer implements AsyncDisposable {
  /** Resolves once the server has stopped, by `stop` or because the only process that it served is gone. */
  readonly stopped: Promise<void>;
  readonly #options: ModuleServerOptions;
  readonly #logger: Logger;
  readonly #connections = new Set<Connected>();
  /** In which connection's request a service is asked: its own process answers. */
  readonly #current = new AsyncLocalStorage<Connected | undefined>();
  readonly #instance = randomUUID();
  readonly #resolveStopped: () => void;
  #server: Server | undefined;
  #starting: Promise<Host> | undefined;
  #host: Host | undefined;
  #hasFailed = false;
  #serverName: string | undefined;
  #stopping: Promise<void> | undefined;
  #lastId = 0;

  constructor(options: ModuleServerOptions) {
    this.#options = options;
    this.#logger = loggerWithConnection(options.logger, () => this.#current.getStore()?.id);
    let stopped!: () => void;
    this.stopped = new Promise((resolve) => (stopped = resolve));
    this.#resolveStopped = stopped;
  }

  /** @throws {LigandError} `LIGAND_LISTEN_FAILED`. */
  async listen(): Promise<void> {
    const { address } = this.#options;
    if (address.kind === "fd") {
      const { peer } = this.#connect(openDescriptor(address));
      // The process at the other end is the only one that can ask: without it there is nothing to do.
      void peer.closed.then(() => this.stop());
    } else {
      this.#server = await listen(address, (socket) => void this.#connect(socket));
    }
    this.#logger.info(`listening on ${formatListenAddress(address)}`);
  }

  /** How many processes of homeservers are connected. */
  get connections(): number {
    return this.#connections.size;
  }

  get health(): ServerHealth {
    const running = this.#host ? "running" : this.#hasFailed ? "failed" : "waiting";
    return {
      status: this.#stopping ? "stopping" : running,
      connections: this.connections,
      instance: this.#instance,
      keptFunctions: Array.from(this.#connections, ({ handles }) => handles.keptFunctions).reduce((a, b) => a + b, 0),
      modules: this.#host?.modules.map(({ id }) => id) ?? [],
    };
  }

  /** As `Host.metrics`; empty while no modules run. */
  metrics(): string {
    return this.#host?.metrics() ?? "";
  }

  /**
   * Takes no new connections and refuses new calls, lets calls that are under way finish, stops the modules, and ends
   * the connections. Calling it again is harmless.
   */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server?.close(() => resolve()) ?? resolve());
    if (!(await settlesWithin(this.#idle(), this.#options.stopTimeoutMs))) {
      this.#logger.warn(`calls are still under way after ${this.#options.stopTimeoutMs} ms; stopping without them`);
    }
    const host = await this.#starting?.catch(() => undefined);
    await host?.stop();
    for (const { peer } of this.#connections) peer.close();
    await closed;
    this.#resolveStopped();
  }

  async #idle(): Promise<void> {
    await Promise.all(
      Array.from(this.#connections, async ({ peer, handles }) => {
        await peer.idle();
        await handles.bodies.idle();
      }),
    );
  }

  #connect(socket: Socket): Connected {
    const peer = new Peer(socket);
    const connected: Connected = { id: ++this.#lastId, peer, handles: new PeerHandles(peer), info: undefined };
    const meta = { connection: connected.id };
    this.#connections.add(connected);
    void peer.closed.then((error) => {
      this.#connections.delete(connected);
      if (error) this.#logger.error(`connection ${connected.id} broke: ${causeMessages(error).join(": ")}`, meta);
      else this.#logger.info(`connection ${connected.id} ended`, meta);
    });
    serveHooks(peer, connected.handles, {
      introduce: (homeserver) => this.#introduce(connected, homeserver),
      host: () => this.#start(connected),
      around: (info, answer) => this.#current.run(connected, () => this.#answer(info, answer)),
    });
    peer.listen();
    return connected;
  }

  async #answer<T>({ what, requestId }: AnswerInfo, answer: () => Promise<T>): Promise<T> {
    if (this.#stopping) throw new LigandError("LIGAND_HOST_STOPPED", `${what}: the modules are being stopped`);
    if (this.#logger.isDebugEnabled()) this.#logger.debug(what, { requestId });
    return answer();
  }

  async #introduce(connected: Connected, homeserver: HomeserverInfo): Promise<ModulesInfo> {
    this.#checkServerName(homeserver.serverName);
    const process = `${homeserver.software}, ${homeserver.workerName ?? "main process"}`;
    try {
      const info = await this.#options.introduce(homeserver, this.#instance);
      this.#checkServerName(homeserver.serverName);
      this.#serverName = homeserver.serverName;
      connected.info = homeserver;
      this.#logger.info(`connection ${connected.id}: ${process}`);
      return info;
    } catch (error) {
      this.#logger.error(`connection ${connected.id}: ${process}: ${causeMessages(error).join(": ")}`);
      throw error;
    }
  }

  #checkServerName(serverName: string): void {
    if (this.#serverName === undefined || serverName === this.#serverName) return;
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `the modules run for ${this.#serverName}; this homeserver is ${serverName}`,
      { remedy: "Run a `ligand serve` of its own for each homeserver." },
    );
  }

  async #start({ info }: Connected): Promise<Host> {
    if (this.#host) return this.#host;
    const call: CallRemoteService = (service, method, args) => this.#callService(service, method, args);
    // Timers that modules set while they start belong to no connection.
    const starting = (this.#starting ??= this.#current.run(undefined, () =>
      this.#options.start(info!, call, this.#logger),
    ));
    try {
      this.#host = await starting;
      this.#hasFailed = false;
      return this.#host;
    } catch (error) {
      // The next request tries again: what was missing may be there by then.
      if (this.#starting === starting) {
        this.#starting = undefined;
        this.#hasFailed = true;
        this.#logger.error(`the modules did not start: ${causeMessages(error).join(": ")}`);
      }
      throw error;
    }
  }

  /** Asks the process whose request is being worked on; for background work, the one that runs background tasks. */
  async #callService(service: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const what = `service method ${service}.${method}`;
    const connected = this.#currentlyConnected() ?? this.#background();
    if (!connected) {
      throw new LigandError("LIGAND_REMOTE_LOST", `${what}: no process of the homeserver is connected`);
    }
    const { peer, handles } = connected;
    const wire = args.map((arg) => encode(arg, handles));
    return decode(await peer.ask(CallService, { service, method, args: wire }, what), handles);
  }

  /** What a request set going may outlive its connection: then it is background work. */
  #currentlyConnected(): Connected | undefined {
    const current = this.#current.getStore();
    return current && this.#connections.has(current) ? current : undefined;
  }

  #background(): Connected | undefined {
    const introduced = [...this.#connections].filter(({ info }) => info);
    return introduced.find(({ info }) => info?.runsBackgroundTasks) ?? introduced[0];
  }
}

/** The same logger, where each line has the id of the connection that it is about. */
function loggerWithConnection(logger: Logger, current: () => number | undefined): Logger {
  return Object.create(logger, {
    write: {
      value: (line: object, ...rest: []) => {
        const connection = current();
        return logger.write(connection === undefined ? line : Object.assign(line, { connection }), ...rest);
      },
    },
  }) as Logger;
}

/** Whether a promise settles in time. */
async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
