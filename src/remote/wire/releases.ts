import { outsideRequests } from "../../services/outside-requests.js";
import type { Peer } from "./peer.js";
import { Release } from "./protocol.js";
import type { Registry } from "./runtime.js";

/** Tells the other side what it can forget, in batches. */
export class Releases {
  readonly #unreachable: Registry<() => void>;
  #ids: number[] = [];

  constructor(private readonly peer: Peer) {
    this.#unreachable = peer.runtime.registry((release) => release());
  }

  /**
   * Releases what `value` stands for once no code here can reach it.
   *
   * @param options `collected` is called then, and must not hold `value`; `token` identifies it for {@link forget}
   */
  watch(
    value: object,
    id: number,
    { token = value, collected }: { readonly token?: object; readonly collected?: () => void } = {},
  ): void {
    this.#unreachable.register(value, releaseOf(this, id, collected), token);
  }

  /** What was watched is no longer kept. */
  forget(token: object): void {
    this.#unreachable.unregister(token);
  }

  release(id: number): void {
    if (this.#ids.push(id) > 1) return;
    const { peer } = this;
    void outsideRequests(() => peer.runtime.nextTurn().then(() => peer.notify(Release, { ids: this.#ids.splice(0) })));
  }
}

/** Created where the value isn't in scope: the registry holds it. */
function releaseOf(releases: Releases, id: number, collected?: () => void): () => void {
  return () => {
    releases.release(id);
    collected?.();
  };
}
