import type { Socket } from "node:net";
import { afterPromises } from "./after-promises.js";
import type { FrameWriter } from "./frame-writer.js";
import type { Runtime } from "./runtime.js";

/** What an {@link Inbox} calls. */
export interface InboxEvents<Item> {
  /** A message's turn has come. The promises that settled because of the previous one have been followed up. */
  readonly handle: (item: Item) => void;
  /** The connection has ended, and nothing waits any more. */
  readonly emptied: () => void;
}

/**
 * What has arrived on a connection and waits to be handled: several messages in a turn of the event loop, and no more than
 * leave time for everything else. Reading pauses while too many wait.
 */
export class Inbox<Item> {
  readonly #waiting: Item[] = [];
  #isPlanned = false;
  #isPaused = false;
  #hasEnded = false;

  constructor(
    private readonly socket: Socket,
    private readonly writer: Pick<FrameWriter, "hold" | "release">,
    private readonly runtime: Runtime,
    private readonly events: InboxEvents<Item>,
  ) {}

  add(item: Item): void {
    if (!this.#isPlanned) {
      this.#isPlanned = true;
      // Once all that arrived with it is here.
      process.nextTick(() => void this.#work());
    }
    if (this.#waiting.push(item) <= this.runtime.limits.waitingMessages || this.#isPaused) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  /** The connection has ended. What arrived before is still handled. */
  end(): void {
    this.#hasEnded = true;
    if (!this.#isPlanned) this.events.emptied();
  }

  async #work(): Promise<void> {
    const { runtime } = this;
    if (this.#waiting.length > 1) await this.#handleMany();
    else this.events.handle(this.#waiting.shift()!);
    if (this.#waiting.length > 0) return runtime.setImmediate(() => void this.#work());
    this.#isPlanned = false;
    if (this.#hasEnded) return this.events.emptied();
    if (this.#isPaused) this.resume();
  }

  async #handleMany(): Promise<void> {
    const { runtime, writer } = this;
    const { messagesPerTurn, turnMs } = runtime.limits;
    const until = runtime.now() + turnMs;
    writer.hold();
    for (let left = messagesPerTurn; left > 0 && this.#waiting.length > 0; left--) {
      this.events.handle(this.#waiting.shift()!);
      await new Promise<void>(afterPromises);
      if (runtime.now() > until) break;
    }
    writer.release();
  }

  /** Nothing waits any more: reading continues. */
  resume(): void {
    this.#isPaused = false;
    this.socket.resume();
  }
}
