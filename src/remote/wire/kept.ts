/**
 * Things kept by number for the other side of a connection, up to a limit: the least recently used is dropped first.
 * Uses no memory until something is kept, because anyone may open a connection.
 */
export class Kept<Value> {
  readonly #values = new Map<number, Value>();
  #max: number;

  /** @param forgotten called with what is dropped because of the limit, or because the other side is gone */
  constructor(
    max: number,
    private readonly forgotten: (value: Value) => void = () => undefined,
  ) {
    this.#max = max;
  }

  get size(): number {
    return this.#values.size;
  }

  get(id: number): Value | undefined {
    const value = this.#values.get(id);
    if (value !== undefined) {
      this.#values.delete(id);
      this.#values.set(id, value);
    }
    return value;
  }

  set(id: number, value: Value): void {
    this.#values.delete(id);
    this.#values.set(id, value);
    if (this.#values.size <= this.#max) return;
    const [oldest, old] = this.#values.entries().next().value!;
    this.#values.delete(oldest);
    this.forgotten(old);
  }

  delete(id: number): void {
    this.#values.delete(id);
  }

  /** Drops everything, and whatever is still to come: the other side is gone. */
  close(): void {
    this.#max = 0;
    const all = [...this.#values.values()];
    this.#values.clear();
    for (const value of all) this.forgotten(value);
  }
}
