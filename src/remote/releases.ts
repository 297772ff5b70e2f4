import type { Peer } from "./peer.js";
import { Release } from "./protocol.js";

/** Tells the other side what it need not keep any more, many at once. */
export class Releases {
  readonly #unreachable = new FinalizationRegistry<number>((id) => this.release(id));
  #ids: number[] = [];

  constructor(private readonly peer: Peer) {}

  /** Releases what `value` stands for when nobody here can reach it any more. */
  watch(value: object, id: number): void {
    this.#unreachable.register(value, id, value);
  }

  /** What `value` stands for is not kept any more. */
  forget(value: object): void {
    this.#unreachable.unregister(value);
  }

  release(id: number): void {
    if (this.#ids.push(id) > 1) return;
    setImmediate(() => this.peer.tell(Release, { ids: this.#ids.splice(0) }));
  }
}
