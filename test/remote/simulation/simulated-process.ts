import { LigandError } from "#src/index.js";
import { openLink, type Link, type RemoteHomeserver } from "#src/remote/homeserver-side/link.js";
import type { ReplaceableProcess } from "#src/remote/homeserver-side/supervised-process.js";
import type { ModuleServer } from "#src/remote/module-side/module-server.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { ADDRESS } from "./simulated-homeserver.js";
import type { SimulatedRuntime } from "./simulated-runtime.js";
import type { SimulatedSocket } from "./simulated-socket.js";

const START_TIMEOUT_MS = 10_000;

/** A process of isolated modules that is one of the simulation: it has no pipes and no signals, but it can be killed. */
export class SimulatedProcess implements ReplaceableProcess {
  link: Link | undefined;
  readonly ended: Promise<string>;
  readonly written: readonly string[] = [];
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

  /** Connects to it, and starts its modules. If that fails, it's killed. */
  async open(): Promise<Link> {
    try {
      const socket = await this.parent.connect(parseSocketAddress(ADDRESS));
      this.link = await openLink(socket, this.homeserver, { runtime: this.parent, timeoutMs: START_TIMEOUT_MS });
    } catch (error) {
      this.runtime.kill();
      throw error;
    }
    const { link } = this;
    void link.peer.closed.then((error) => {
      this.link = undefined;
      if (error instanceof LigandError) this.kill(error.message);
      else this.runtime.kill();
    });
    return link;
  }

  watch(): void {}

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
