import { afterPromises } from "./after-promises.js";
import type { Connection } from "./connection.js";
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
  /** Whether it's handling what waits, or has a turn for it. */
  #isBusy = false;
  #isPaused = false;
  #hasEnded = false;
  readonly #followed = () => {
    this.writer.release();
    this.#worked();
  };

  constructor(
    private readonly socket: Connection,
    private readonly writer: Pick<FrameWriter, "hold" | "release">,
    private readonly runtime: Runtime,
    private readonly events: InboxEvents<Item>,
  ) {}

  /** A message has arrived. It's handled once all that arrived with it is here. */
  add(item: Item): void {
    if (this.#waiting.push(item) <= this.runtime.limits.waitingMessages || this.#isPaused) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  /** All that arrived together is here. */
  handle(): void {
    if (!this.#isBusy && this.#waiting.length > 0) this.#work();
  }

  /** The connection has ended. What arrived before is still handled. */
  end(): void {
    this.#hasEnded = true;
    if (!this.#isBusy) this.events.emptied();
  }

  #work(): void {
    this.#isBusy = true;
    if (this.#waiting.length > 1) return void this.#handleMany().then(() => this.#worked());
    this.writer.hold();
    // Planned first, so that its answer is written before what it plans itself to follow promises.
    afterPromises(this.#followed);
    this.events.handle(this.#waiting.shift()!);
  }

  #worked(): void {
    if (this.#waiting.length > 0) return this.runtime.setImmediate(() => this.#work());
    this.#isBusy = false;
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
