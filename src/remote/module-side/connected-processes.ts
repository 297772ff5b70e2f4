import type { Socket } from "node:net";
import { LigandError } from "../../errors/ligand-error.js";
import { callServiceOver } from "./call-service-over.js";
import { currentCall } from "./current-call.js";
import { Peer } from "../wire/peer.js";
import { PeerHandles } from "../wire/peer-handles.js";
import type { Runtime } from "../wire/runtime.js";
import { Changed, type HomeserverInfo, type ModulesInfo } from "../wire/protocol.js";

/** A connected process of a homeserver. */
export interface Connected {
  readonly id: number;
  readonly peer: Peer;
  readonly handles: PeerHandles;
  info: HomeserverInfo | undefined;
  /** Whether it has asked for more than the list of modules. */
  isUsed: boolean;
}

/** The connected processes of a homeserver, and which of them is being answered. */
export class ConnectedProcesses {
  readonly #all = new Set<Connected>();
  #lastId = 0;

  constructor(private readonly runtime: Runtime) {}

  get size(): number {
    return this.#all.size;
  }

  /** How many functions are kept for all of them. */
  get keptFunctions(): number {
    return Array.from(this.#all, ({ handles }) => handles.keptFunctions).reduce((sum, kept) => sum + kept, 0);
  }

  /** The name of the homeserver whose processes are connected; undefined until one has introduced itself. */
  get serverName(): string | undefined {
    return this.introduced[0]?.info?.serverName;
  }

  /**
   * A process at the other end of a socket, until the connection ends.
   *
   * @param isStranger as in `PeerOptions`
   */
  add(socket: Socket, isStranger: boolean): Connected {
    const peer = new Peer(socket, { runtime: this.runtime, isStranger });
    const connected = { id: ++this.#lastId, peer, handles: new PeerHandles(peer), info: undefined, isUsed: false };
    this.#all.add(connected);
    void peer.closed.then(() => this.#all.delete(connected));
    return connected;
  }

  /** Asks the process whose request is being answered; for background work, the one that runs background tasks. */
  async callService(service: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const connected = this.#currentlyConnected() ?? this.#background();
    if (!connected) {
      const what = `service method ${service}.${method}`;
      throw new LigandError("LIGAND_REMOTE_LOST", `${what}: no process of the homeserver is connected`);
    }
    return callServiceOver(connected.peer, connected.handles, { service, method, args });
  }

  /** Work that a request started may outlive its connection: then it's background work. */
  #currentlyConnected(): Connected | undefined {
    const current = currentCall.getStore()?.connection;
    return [...this.#all].find((connected) => connected === current);
  }

  #background(): Connected | undefined {
    return this.introduced.find(({ info }) => info?.runsBackgroundTasks) ?? this.introduced[0];
  }

  /** Those that have been introduced to the modules. */
  get introduced(): readonly Connected[] {
    return [...this.#all].filter(({ info }) => info);
  }

  /** Introduces the modules again to those that know them. */
  changed(modules: ModulesInfo): void {
    for (const { peer } of this.introduced) peer.notify(Changed, modules);
  }

  /** Resolves once no calls are running for any of them. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#all, ({ handles }) => handles.idle()));
  }

  close(): void {
    for (const { peer } of this.#all) peer.close();
  }
}
