import type { Socket } from "node:net";
import { duplexPair, type Duplex } from "node:stream";
import type { Logger } from "winston";
import type { ProcessLink } from "#src/remote/homeserver-side/module-process.js";
import type { NewProcess } from "#src/remote/homeserver-side/remote-modules.js";
import { serveServices } from "#src/remote/homeserver-side/serve-services.js";
import type { ReplaceableProcess } from "#src/remote/homeserver-side/supervised-process.js";
import { ProcessModules } from "#src/remote/module-side/process-modules.js";
import { ProcessServer } from "#src/remote/module-side/process-server.js";
import { Peer } from "#src/remote/wire/peer.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";

/** A process of modules that is part of this one: what crosses to it crosses as to any other. */
export class LocalProcess implements ReplaceableProcess {
  link: ProcessLink | undefined;
  readonly ended: Promise<string>;
  readonly written: readonly string[] = [];
  killedBecause: string | undefined;
  readonly #server: ProcessServer;

  constructor({ entries, services, calls }: NewProcess, logger: Logger) {
    const [here, there] = socketPair();
    const settings = { entries, loadTimeoutMs: 100_000, stopTimeoutMs: 1000, logLevel: "info" as const };
    const modules = new ProcessModules(settings, logger, undefined);
    this.#server = new ProcessServer(there, { modules, logger, stopTimeoutMs: 1000 });
    const peer = new Peer(here);
    const handles = new PeerHandles(peer);
    serveServices(peer, handles, services, calls);
    peer.listen();
    this.link = { peer, handles };
    this.ended = peer.closed.then(() => {
      this.link = undefined;
      return "code 0";
    });
  }

  watch(): void {}

  kill(why: string): void {
    this.killedBecause ??= why;
    void this.#server.stop();
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await this.ended;
  }
}

/** Two ends of a connection within this process. */
export function socketPair(): [Socket, Socket] {
  const [one, other] = duplexPair({ allowHalfOpen: false });
  one.once("close", () => other.destroy());
  other.once("close", () => one.destroy());
  return [asSocket(one), asSocket(other)];
}

function asSocket(duplex: Duplex): Socket {
  return Object.assign(duplex, { destroySoon: () => duplex.end(() => duplex.destroy()) }) as unknown as Socket;
}
