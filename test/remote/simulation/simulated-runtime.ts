import type { FileHandle } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { LIMITS, type Limits } from "#src/remote/wire/limits.js";
import { formatListenAddress, type SocketAddress } from "#src/remote/wire/listen-address.js";
import type { Registry, Runtime, Timer } from "#src/remote/wire/runtime.js";
import type { SimulatedNetwork } from "./simulated-network.js";
import { asSocket, type SimulatedSocket } from "./simulated-socket.js";
import { SimulatedTimer, type World } from "./world.js";

interface Watched {
  readonly value: WeakKey;
  readonly token: WeakKey | undefined;
  readonly collect: () => void;
}

/** The machine of one process of a simulation. */
export class SimulatedRuntime implements Runtime {
  readonly limits: Limits;
  readonly servers: Server[] = [];
  readonly sockets: SimulatedSocket[] = [];
  /** The contents of files, by path. */
  readonly files = new Map<string, Buffer>();
  isDead = false;
  #die!: () => void;
  /** Resolves when it's killed. */
  readonly dead = new Promise<void>((resolve) => (this.#die = resolve));
  readonly #watched = new Set<Watched>();

  constructor(
    readonly world: World,
    readonly network: SimulatedNetwork,
    readonly name: string,
    limits: Partial<Limits> = {},
  ) {
    this.limits = { ...LIMITS, ...limits };
  }

  now(): number {
    return this.world.now;
  }

  date(): Date {
    return new Date(this.world.now);
  }

  setTimeout(callback: () => void, ms: number): Timer {
    return this.world.setTimeout(`a timer of ${this.name}`, callback, ms, this);
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer instanceof SimulatedTimer) this.world.timers.delete(timer);
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.world.setTimeout(`pause of ${this.name}`, resolve, ms, this);
      const abort = () => {
        this.clearTimeout(timer);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  setImmediate(callback: () => void): void {
    this.world.turn(`${this.name} handles messages`, callback);
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) => this.world.turn(`a turn of ${this.name}`, resolve, this));
  }

  registry<Held>(collected: (held: Held) => void): Registry<Held> {
    return {
      register: (value, held, token) => this.#watched.add({ value, token, collect: () => collected(held) }),
      unregister: (token) => {
        for (const watched of this.#watched) if (watched.token === token) this.#watched.delete(watched);
        return true;
      },
    } as Registry<Held>;
  }

  /** The garbage collector finds that values can't be reached any more: these, or all of them. */
  collect(isGarbage: (value: WeakKey) => boolean = () => true): void {
    for (const watched of this.#watched) {
      if (!isGarbage(watched.value)) continue;
      this.#watched.delete(watched);
      this.world.turn(`a collection of ${this.name}`, watched.collect, this);
    }
  }

  get watched(): number {
    return this.#watched.size;
  }

  async openFile(path: string): Promise<FileHandle> {
    await this.nextTurn();
    const content = this.files.get(path);
    if (!content) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    let position = 0;
    const file = {
      read: async (buffer: Uint8Array, offset: number, length: number, from: number | null = null) => {
        await this.nextTurn();
        const start = from ?? position;
        const chunk = content.subarray(start, start + length);
        if (from === null) position += chunk.length;
        buffer.set(chunk, offset);
        return { buffer, bytesRead: chunk.length };
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
    return file as unknown as FileHandle;
  }

  async listen(address: SocketAddress, connected: (socket: Socket) => void): Promise<Server> {
    const server = this.network.listen(formatListenAddress(address), connected) as unknown as Server;
    this.servers.push(server);
    return server;
  }

  async connect(address: SocketAddress): Promise<Socket> {
    const socket = await this.network.connect(formatListenAddress(address));
    this.sockets.push(socket);
    return asSocket(socket);
  }

  /** The process ends here and now, whatever it is doing. */
  kill(): void {
    this.isDead = true;
    this.#die();
    for (const server of this.servers) this.network.kill(server);
    for (const socket of this.sockets) socket.cut();
    this.world.forget(this);
  }
}
