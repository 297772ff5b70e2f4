import { openLink, type Link, type RemoteHomeserver } from "#src/remote/homeserver-side/link.js";
import type { ReplaceableProcess } from "#src/remote/homeserver-side/isolated-modules.js";
import { StartError, LigandError } from "#src/index.js";
import { messageWithCauses, problemOf } from "#src/errors/problem.js";
import type { ModuleServer } from "#src/remote/module-side/module-server.js";
import { ADDRESS } from "./simulated-homeserver.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import type { SimulatedRuntime } from "./simulated-runtime.js";
import type { SimulatedSocket } from "./simulated-socket.js";

const START_TIMEOUT_MS = 10_000;

/** A process of isolated modules that is one of the simulation: it has no pipes and no signals, but it can be killed. */
export class SimulatedProcess implements ReplaceableProcess {
  link: Link | undefined;
  readonly ended: Promise<string>;
  readonly hasWritten = false;
  killedBecause: string | undefined;
  #end!: (how: string) => void;

  constructor(
    private readonly homeserver: RemoteHomeserver,
    private readonly parent: SimulatedRuntime,
    /** The machine of the child, and what runs on it. */
    readonly runtime: SimulatedRuntime,
    readonly server: ModuleServer,
  ) {
    this.ended = new Promise((resolve) => (this.#end = resolve));
    void runtime.dead.then(() => this.#ends("SIGKILL"));
  }

  #ends(how: string): void {
    this.link = undefined;
    this.#end(how);
  }

  async open(): Promise<void> {
    try {
      const socket = await this.parent.connect(parseSocketAddress(ADDRESS));
      this.link = await openLink(socket, this.homeserver, { runtime: this.parent, timeoutMs: START_TIMEOUT_MS });
    } catch (error) {
      this.runtime.kill();
      throw new StartError([problemOf("LIGAND_START_FAILED", messageWithCauses(error), { remedy: "", cause: error })]);
    }
    void this.link.peer.closed.then((error) => {
      this.link = undefined;
      if (error instanceof LigandError) this.kill(error.message);
      else this.runtime.kill();
    });
  }

  kill(why: string): void {
    this.killedBecause ??= why;
    this.runtime.kill();
  }

  async stop(): Promise<void> {
    if (this.runtime.isDead) return;
    await Promise.race([this.server.stop(), this.runtime.dead]);
    this.#ends("code 0");
  }

  /** The end of its connection that the homeserver has. */
  get socket(): SimulatedSocket | undefined {
    return this.parent.sockets.at(-1);
  }
}
