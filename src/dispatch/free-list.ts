/** So many objects are kept. More may be in use; the others are left to the collector. */
const MOST_FREE = 256;

/**
 * Objects that are used again. One that is given back mostly finds its old place, where it still stands: writing it there
 * would cost more than looking.
 */
export class FreeList<Item extends object> {
  readonly #items: Item[] = [];
  #count = 0;

  take(): Item | undefined {
    return this.#count === 0 ? undefined : this.#items[--this.#count];
  }

  give(item: Item): void {
    if (this.#count === MOST_FREE) return;
    const place = this.#count++;
    if (this.#items[place] !== item) this.#items[place] = item;
  }
}
