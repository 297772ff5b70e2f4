import type { StateMap } from "../../matrix/state-map.js";
import type { StatePiece, Wire } from "./protocol.js";

/** A state that crosses piece by piece. Its events are encoded when their piece is requested. */
export class StatePieces {
  readonly #entries: Iterator<readonly [type: string, stateKey: string, value: unknown]>;
  /** An entry that didn't fit into the previous piece. */
  #next: Wire | undefined;

  constructor(
    state: StateMap<unknown>,
    private readonly encode: (value: unknown) => Wire,
    private readonly pieceLength: number,
  ) {
    this.#entries = state[Symbol.iterator]();
    this.#next = this.#encodeNext();
  }

  /** The next piece: at least one entry, however large, unless the state is empty. */
  next(): StatePiece {
    const entries: Wire[] = [];
    let length = 0;
    while (this.#next !== undefined) {
      length += JSON.stringify(this.#next).length;
      if (entries.length > 0 && length > this.pieceLength) break;
      entries.push(this.#next);
      this.#next = this.#encodeNext();
    }
    return { entries, rest: this.#next !== undefined };
  }

  #encodeNext(): Wire | undefined {
    const { done, value } = this.#entries.next();
    return done ? undefined : [value[0], value[1], this.encode(value[2])];
  }
}
