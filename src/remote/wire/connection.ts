import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { LigandError } from "../../errors/ligand-error.js";
import { LIMITS } from "./limits.js";

/** What a {@link Peer} speaks over. */
export type Connection = Duplex & Pick<Socket, "destroySoon">;

/** This process, or one that it started, as far as messages go between them. */
interface Channel {
  readonly connected: boolean;
  send?(message: unknown, sent: (error: Error | null) => void): boolean;
  on(event: "message", received: (message: unknown) => void): unknown;
  once(event: "disconnect", ended: () => void): unknown;
  disconnect?(): void;
}

/** A connection over the channel of a process and its parent, for a process to which Node gives no socket. */
export class ChannelConnection extends Duplex {
  /** @param mostUnread how many bytes may wait to be read */
  constructor(
    private readonly channel: Channel,
    private readonly mostUnread = LIMITS.unsentBytes,
  ) {
    super({ allowHalfOpen: false });
    channel.on("message", (message) => {
      if (message instanceof Uint8Array) this.#received(message);
    });
    channel.once("disconnect", () => this.push(null));
  }

  /** While a socket isn't read, its other side waits; that of a channel doesn't notice. */
  #received(bytes: Uint8Array): void {
    this.push(bytes);
    const unread = this.readableLength;
    if (unread <= this.mostUnread) return;
    this.destroy(
      new LigandError("LIGAND_REMOTE_LOST", `the other side sent ${unread} bytes that this one can't read in time`),
    );
  }

  /** Closes the connection once everything has been written. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {
    // Messages come by themselves.
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.channel.send!(chunk, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.channel.connected) this.channel.disconnect!();
    done(error);
  }
}
