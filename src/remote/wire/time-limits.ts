import { LinkedQueue, unlink, type Linked } from "../../dispatch/linked-queue.js";
import { outsideRequests } from "../../services/outside-requests.js";
import type { Runtime, Timer } from "./runtime.js";

/** For how long a timer is set at most: twelve days. One that is set for twice as long fires immediately. */
const LONGEST_TIMER_MS = 2 ** 30;

/** Something that is given up once its time is over. */
export interface Limited extends Linked {
  /** When that is, on the clock of the `Runtime`. */
  due: number;
}

/**
 * The time limits of a connection's requests. They share one timer, because making one for each takes longer than much else
 * of a request. When what it was set for has been answered, it fires once more, for nothing.
 */
export class TimeLimits<Item extends Limited> {
  /** What waits, by its time limit, in milliseconds: in each queue the first is due first. */
  readonly #queues = new Map<number, LinkedQueue<Item>>();
  #timer: Timer | undefined;
  #timerDue = Infinity;

  /** @param isOver called when the time of one is over, which by then has left */
  constructor(
    private readonly runtime: Runtime,
    private readonly isOver: (item: Item) => void,
  ) {}

  add(item: Item, limitMs: number): void {
    let queue = this.#queues.get(limitMs);
    if (!queue) this.#queues.set(limitMs, (queue = new LinkedQueue()));
    item.due = this.runtime.now() + limitMs;
    queue.add(item);
    if (item.due < this.#timerDue) this.#setTimer(item.due);
  }

  /** One was answered in time. */
  remove(item: Item): void {
    unlink(item);
  }

  /** Nothing waits any more. */
  close(): void {
    this.runtime.clearTimeout(this.#timer);
  }

  #setTimer(due: number): void {
    const { runtime } = this;
    const now = runtime.now();
    const at = Math.min(due, now + LONGEST_TIMER_MS);
    runtime.clearTimeout(this.#timer);
    this.#timerDue = at;
    // It outlives the request that was the first to need it; what keeps the process alive is the connection.
    this.#timer = outsideRequests(() => runtime.setTimeout(() => this.#look(at), at - now).unref());
  }

  /** @param until a timer may fire a fraction of a millisecond early */
  #look(until: number): void {
    const now = Math.max(this.runtime.now(), until);
    this.#timerDue = Infinity;
    let next = Infinity;
    for (const queue of this.#queues.values()) {
      for (let first; (first = queue.first) && first.due <= now;) {
        unlink(first);
        this.isOver(first);
      }
      next = Math.min(next, queue.first?.due ?? Infinity);
    }
    if (next < this.#timerDue) this.#setTimer(next);
  }
}
