import { EventEmitter } from "node:events";
import type { Server, Socket } from "node:net";
import { LigandError } from "#src/errors/ligand-error.js";
import { asSocket, socketPair, type SimulatedSocket } from "./simulated-socket.js";
import type { World } from "./world.js";

/** A server that listens, as far as Ligand uses servers. */
class SimulatedServer extends EventEmitter {
  maxConnections = Infinity;
  readonly sockets = new Set<SimulatedSocket>();
  readonly #closed: (() => void)[] = [];
  /** Since when it takes no more connections. */
  closedAt: number | undefined;

  constructor(
    private readonly world: World,
    private readonly left: () => void,
    readonly connected: (socket: Socket) => void,
  ) {
    super();
  }

  close(callback: () => void = () => undefined): this {
    this.#closed.push(callback);
    if (this.closedAt === undefined) this.left();
    this.closedAt ??= this.world.now;
    this.#tellClosed();
    return this;
  }

  add(socket: SimulatedSocket): void {
    this.sockets.add(socket);
    socket.once("close", () => {
      this.sockets.delete(socket);
      this.#tellClosed();
    });
  }

  /** As of the real one: it has closed once its last connection has ended. */
  #tellClosed(): void {
    if (this.closedAt === undefined || this.sockets.size > 0) return;
    for (const tell of this.#closed.splice(0)) tell();
  }
}

/** Where processes of a simulation listen and connect. */
export class SimulatedNetwork {
  readonly #listening = new Map<string, SimulatedServer>();
  #lastId = 0;

  constructor(private readonly world: World) {}

  listen(address: string, connected: (socket: Socket) => void): SimulatedServer {
    const server = new SimulatedServer(this.world, () => this.#listening.delete(address), connected);
    this.#listening.set(address, server);
    return server;
  }

  /** A connection, once the other side took it. @throws {LigandError} `LIGAND_REMOTE_LOST` where no process listens. */
  async connect(address: string): Promise<SimulatedSocket> {
    await new Promise<void>((resolve) => this.world.turn("a client connects", resolve));
    const server = this.#listening.get(address);
    if (!server) throw new LigandError("LIGAND_REMOTE_LOST", `can't connect to ${address}`);
    const [here, there] = socketPair(this.world, `connection ${++this.#lastId}`);
    if (server.sockets.size >= server.maxConnections) {
      there.destroy();
      server.emit("drop");
      return here;
    }
    here.serverClosedAt = () => server.closedAt;
    server.add(there);
    this.world.turn("a server accepts", () => {
      if (!there.destroyed) server.connected(asSocket(there));
    });
    return here;
  }

  /** The server of a process that is dead. */
  kill(server: Server): void {
    const dead = server as unknown as SimulatedServer;
    dead.removeAllListeners();
    dead.close();
    for (const socket of dead.sockets) socket.cut();
  }
}
