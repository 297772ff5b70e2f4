import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { Server, Socket } from "node:net";
import type { Logger } from "winston";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import type { Host } from "../container/host.js";
import { LigandError } from "../errors/ligand-error.js";
import { causeMessages } from "../errors/problem.js";
import { listen } from "./listen.js";
import { formatListenAddress, type ListenAddress } from "./listen-address.js";
import { Peer } from "./peer.js";
import { PeerHandles } from "./peer-handles.js";
import { CallService, type HomeserverInfo, type ModulesInfo } from "./protocol.js";
import { serveHooks } from "./serve-hooks.js";
import { decode, encode } from "./wire.js";
import type { CallRemoteService } from "./remote-services.js";

/** What a {@link ModuleServer} is made of. */
export interface ModuleServerOptions {
  readonly address: ListenAddress;
  readonly logger: Logger;
  /** What the modules tell a homeserver; throws when they cannot run beside it. */
  readonly introduce: (homeserver: HomeserverInfo, instance: string) => Promise<ModulesInfo>;
  /** Starts the modules for a homeserver that was introduced. */
  readonly start: (homeserver: HomeserverInfo, call: CallRemoteService) => Promise<Host>;
}

/** A process of a homeserver that is connected. */
interface Connected {
  readonly id: number;
  readonly peer: Peer;
  readonly handles: PeerHandles;
  readonly socket: Socket;
  info: HomeserverInfo | undefined;
}

/**
 * Modules for a homeserver in other processes: any number of connections, one host. The modules start when the first
 * connection asks for it, since only the homeserver knows its name and its services.
 */
export class ModuleServer {
  readonly #options: ModuleServerOptions;
  readonly #connections = new Set<Connected>();
  /** In which connection's request a service is asked: its own process answers. */
  readonly #current = new AsyncLocalStorage<Connected>();
  readonly #instance = randomUUID();
  #server: Server | undefined;
  #host: Promise<Host> | undefined;
  #serverName: string | undefined;
  #lastId = 0;

  constructor(options: ModuleServerOptions) {
    this.#options = options;
  }

  /** @throws {LigandError} `LIGAND_LISTEN_FAILED`. */
  async listen(): Promise<void> {
    const { address, logger } = this.#options;
    this.#server = await listen(address, (socket) => this.#connect(socket));
    logger.info(`listening on ${formatListenAddress(address)}`);
  }

  /** How many processes of homeservers are connected. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Takes no new connections, lets calls that are under way finish, stops the modules, and ends. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server?.close(() => resolve()) ?? resolve());
    await Promise.all(Array.from(this.#connections, ({ peer }) => peer.idle()));
    const host = await this.#host?.catch(() => undefined);
    await host?.stop();
    for (const { socket } of this.#connections) socket.end();
    await closed;
  }

  #connect(socket: Socket): void {
    const { logger } = this.#options;
    const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
    const peer = new Peer(connection);
    const connected: Connected = { id: ++this.#lastId, peer, handles: new PeerHandles(peer), socket, info: undefined };
    this.#connections.add(connected);
    const meta = { connection: connected.id };
    // A stream that is not of the protocol cannot be read on: nobody knows where the next message begins.
    connection.onError(([error]) => {
      logger.error(`connection ${connected.id} is broken: ${error.message}`, meta);
      socket.destroy();
    });
    connection.onClose(() => {
      this.#connections.delete(connected);
      connection.dispose();
      logger.info(`connection ${connected.id} ended`, meta);
    });
    socket.on("error", (error) => logger.warn(`connection ${connected.id} failed: ${error.message}`, meta));
    serveHooks(peer, connected.handles, {
      introduce: (homeserver) => this.#introduce(connected, homeserver),
      host: () => this.#start(connected),
      around: (answer) => this.#current.run(connected, answer),
    });
    connection.listen();
  }

  async #introduce(connected: Connected, homeserver: HomeserverInfo): Promise<ModulesInfo> {
    const { logger, introduce } = this.#options;
    this.#serverName ??= homeserver.serverName;
    if (homeserver.serverName !== this.#serverName) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `the modules run for ${this.#serverName}; this homeserver is ${homeserver.serverName}`,
        { remedy: "Run a `ligand serve` of its own for each homeserver." },
      );
    }
    const info = await introduce(homeserver, this.#instance);
    connected.info = homeserver;
    const process = homeserver.workerName ?? "main process";
    logger.info(`connection ${connected.id}: ${homeserver.software}, ${process}`, { connection: connected.id });
    return info;
  }

  async #start({ id, info }: Connected): Promise<Host> {
    const { logger, start } = this.#options;
    this.#host ??= start(info!, (service, method, args) => this.#callService(service, method, args));
    try {
      return await this.#host;
    } catch (error) {
      // The next request tries again: what was missing may be there by then.
      this.#host = undefined;
      logger.error(`the modules did not start: ${causeMessages(error).join(": ")}`, { connection: id });
      throw error;
    }
  }

  /** Asks the process whose request is being worked on; for background work, the one that runs background tasks. */
  async #callService(service: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const what = `service method ${service}.${method}`;
    const connected = this.#current.getStore() ?? this.#background();
    if (!connected) {
      throw new LigandError("LIGAND_REMOTE_LOST", `${what}: no process of the homeserver is connected`);
    }
    const { peer, handles } = connected;
    const wire = args.map((arg) => encode(arg, handles));
    return decode(await peer.ask(CallService, { service, method, args: wire }, what), handles);
  }

  #background(): Connected | undefined {
    const introduced = [...this.#connections].filter(({ info }) => info);
    return introduced.find(({ info }) => info?.runsBackgroundTasks) ?? introduced[0];
  }
}
