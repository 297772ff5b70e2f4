/** What can stand in a {@link LinkedQueue}: in one at a time. */
export interface Linked {
  previous: Linked | undefined;
  next: Linked | undefined;
}

/** First in, first out. Whatever stands in it can leave it without a search, and without a reference to the queue. */
export class LinkedQueue<Item extends Linked> {
  /** The neighbour of the first and of the last. */
  readonly #ends: Linked = { previous: undefined, next: undefined };

  constructor() {
    this.#ends.previous = this.#ends.next = this.#ends;
  }

  get first(): Item | undefined {
    const { next } = this.#ends;
    return next === this.#ends ? undefined : (next as Item);
  }

  add(item: Item): void {
    const last = this.#ends.previous!;
    item.previous = last;
    item.next = this.#ends;
    last.next = this.#ends.previous = item;
  }
}

/** Takes an item out of the queue in which it stands, if it stands in one. */
export function unlink(item: Linked): void {
  const { previous, next } = item;
  if (!previous) return;
  previous.next = next;
  next!.previous = previous;
  item.previous = item.next = undefined;
}
