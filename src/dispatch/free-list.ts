/** So many objects are kept. More may be in use; the others are left to the collector. */
const MOST_FREE = 256;

/** What a {@link FreeList} keeps. */
export interface Reusable {
  nextFree: Reusable | undefined;
}

/** Objects that are used again. They're linked, because pushing to and popping from an array costs V8 twice as much. */
export class FreeList<Item extends Reusable> {
  #first: Reusable | undefined;
  #count = 0;

  take(): Item | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.#first = first.nextFree;
    first.nextFree = undefined;
    this.#count--;
    return first as Item;
  }

  give(item: Item): void {
    if (this.#count === MOST_FREE) return;
    this.#count++;
    item.nextFree = this.#first;
    this.#first = item;
  }
}
