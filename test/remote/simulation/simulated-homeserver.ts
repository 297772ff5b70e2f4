import type { ContainerModule } from "inversify";
import { bindService } from "#src/services/bind-service.js";
import { ConfiguredServer } from "#src/services/configured-server.js";
import { AccountDataStore, Server, type LigandError } from "#src/index.js";
import { remoteHostOn, type RemoteHost } from "#src/remote/homeserver-side/remote-host.js";
import type { SimulatedRuntime } from "./simulated-runtime.js";
import { SimulatedStore } from "./simulated-modules.js";
import type { SimulatedSocket } from "./simulated-socket.js";

/** Where the modules of a simulation listen. */
export const ADDRESS = "unix:/sim/modules";
export const CALL_TIMEOUT_MS = 1000;

/** What a homeserver of a simulation offers to modules. */
export function servicesOf(
  { name, world }: SimulatedRuntime,
  serverName: string,
  runBackgroundTasks: boolean,
): readonly ContainerModule[] {
  const server = new ConfiguredServer({ serverName, runBackgroundTasks, workerName: name });
  const pause = async () => {
    if (world.chance(0.3)) await world.pause(world.below(200));
  };
  return [bindService(Server, server), bindService(AccountDataStore, new SimulatedStore(server, name, pause))];
}

/** A connection of a homeserver, and what the schedule did to it. */
export interface Connection {
  readonly host: RemoteHost;
  readonly socket: SimulatedSocket;
}

/** A process of a homeserver, however it reaches the modules. */
export interface Caller {
  readonly runtime: SimulatedRuntime;
  readonly serverName: string;
  readonly connection: Connection | undefined;
  readonly isStopped: boolean;
  /** What was wrong with it. */
  readonly faults: readonly string[];
  /** Resolves once it is connected, or stopped. */
  connected(): Promise<void>;
  /** Ends its connection, and connects no more. */
  stop(): void;
}

/** A process of a homeserver: connects, and connects again when its connection is lost. */
export class SimulatedHomeserver implements Caller {
  connection: Connection | undefined;
  isStopped = false;
  #stop!: () => void;
  readonly #stopping = new Promise<void>((resolve) => (this.#stop = resolve));
  readonly faults: string[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly services: readonly ContainerModule[];

  constructor(
    readonly runtime: SimulatedRuntime,
    readonly serverName: string,
    runBackgroundTasks: boolean,
    /** Others that may introduce themselves by another name. */
    private readonly rivals: () => readonly object[],
  ) {
    this.services = servicesOf(runtime, serverName, runBackgroundTasks);
  }

  /** Connects until it is stopped. */
  async run(): Promise<void> {
    while (!this.isStopped) {
      const before = this.runtime.sockets.length;
      try {
        const options = { address: ADDRESS, services: this.services, callTimeoutMs: CALL_TIMEOUT_MS };
        const host = await remoteHostOn(this.runtime, options);
        const socket = this.runtime.sockets.at(-1)!;
        this.connection = { host, socket };
        if (this.rivals().some((rival) => rival instanceof SimulatedHomeserver && rival.isConnected))
          this.faults.push("modules work for two homeservers");
        this.#tellConnected();
        await Promise.race([new Promise((resolve) => socket.once("close", resolve)), this.#stopping]);
        await host.stop();
      } catch (error) {
        this.#checkRefusal(error, this.runtime.sockets.slice(before));
      }
      const { world } = this.runtime;
      if (!this.isStopped) await world.pause(100 + world.below(500));
    }
    this.#tellConnected();
  }

  /** Whether both ends of its connection are open. */
  get isConnected(): boolean {
    const socket = this.connection?.socket;
    return socket !== undefined && !socket.destroyed && !socket.other.destroyed && socket.cutAt === undefined;
  }

  stop(): void {
    this.isStopped = true;
    this.#stop();
    this.#tellConnected();
  }

  #tellConnected(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async connected(): Promise<void> {
    if (this.connection?.host.health().state === "running" || this.isStopped) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A homeserver is refused only where there was a reason. */
  #checkRefusal(error: unknown, sockets: readonly SimulatedSocket[]): void {
    const { code, message } = error as LigandError;
    const wasHurt =
      sockets.length === 0 || sockets.some((socket) => socket.isHurt || socket.serverClosedAt() !== undefined);
    if (["LIGAND_REMOTE_LOST", "LIGAND_HOST_STOPPED", "LIGAND_REMOTE_BUSY"].includes(code) && wasHurt) return;
    if (code === "LIGAND_REMOTE_PROTOCOL" && message.includes("the modules run for") && this.rivals().length > 0)
      return;
    this.faults.push(`${this.runtime.name} was refused: ${code} ${message}`);
  }
}
