import { once } from "node:events";
import { rename, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A message of JSON-RPC. */
export interface Message {
  result?: Record<string, unknown>;
}

const HEADERS_END = "\r\n\r\n";

/** Stands between Synapse and `ligand serve`, and does to their connection what should not happen. */
export class MeddlingProxy {
  /** Changes what `ligand serve` says. */
  meddle: (message: Message) => void = () => {};
  #server: Server | undefined;
  readonly #clients = new Set<Socket>();

  constructor(
    readonly socket: string,
    private readonly upstream: string,
  ) {}

  async listen(): Promise<void> {
    this.#server = createServer((client) => this.#connect(client));
    this.#server.listen(this.socket);
    await once(this.#server, "listening");
  }

  /** Writes to Synapse what `ligand serve` did not. */
  say(bytes: string | Buffer): void {
    for (const client of this.#clients) client.write(bytes);
  }

  /** Ends every connection, once what was said has left. */
  async drop(): Promise<void> {
    await Promise.all(Array.from(this.#clients, (client) => (client.destroySoon(), once(client, "close"))));
  }

  /** Ends every connection and takes no more: the socket is gone. */
  async stop(): Promise<void> {
    this.#server?.close();
    this.#server = undefined;
    await this.drop();
  }

  /** Like {@link stop}, but leaves a socket without a listener, as a killed process does. */
  async die(): Promise<void> {
    await this.stop();
    const orphan = createServer().listen(this.socket);
    await once(orphan, "listening");
    // Closing a server removes its socket, unless the socket has another name by then.
    await rename(this.socket, `${this.socket}.kept`);
    orphan.close();
    await rename(`${this.socket}.kept`, this.socket);
  }

  /** Removes what {@link die} left. */
  async bury(): Promise<void> {
    await unlink(this.socket);
  }

  #connect(client: Socket): void {
    const server = connect(this.upstream);
    this.#clients.add(client);
    client.on("close", () => {
      this.#clients.delete(client);
      server.destroy();
    });
    server.on("close", () => client.destroySoon());
    for (const socket of [client, server]) socket.on("error", () => socket.destroy());
    client.on("data", (data) => server.write(data));
    let received = Buffer.alloc(0);
    server.on("data", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      for (let end = received.indexOf(HEADERS_END); end >= 0; end = received.indexOf(HEADERS_END)) {
        const length = Number(/content-length: (\d+)/i.exec(received.toString("latin1", 0, end))![1]);
        const start = end + HEADERS_END.length;
        if (received.length < start + length) return;
        const message = JSON.parse(received.toString("utf8", start, start + length)) as Message;
        received = received.subarray(start + length);
        this.meddle(message);
        client.write(frame(JSON.stringify(message)));
      }
    });
  }
}

/** A body as it goes on the stream. */
export function frame(body: string): string {
  return `Content-Length: ${Buffer.byteLength(body)}${HEADERS_END}${body}`;
}
