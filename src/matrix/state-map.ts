/**
 * A read-only map whose keys are pairs of event type and state key, such as the state of a room.
 * A `Map` cannot serve: it compares pairs by identity.
 */
export class StateMap<T> implements Iterable<[type: string, stateKey: string, value: T]> {
  readonly #byType: ReadonlyMap<string, ReadonlyMap<string, T>>;
  readonly size: number;

  constructor(entries: Iterable<readonly [type: string, stateKey: string, value: T]> = []) {
    const byType = new Map<string, Map<string, T>>();
    for (const [type, stateKey, value] of entries) {
      const ofType = byType.get(type);
      if (ofType) ofType.set(stateKey, value);
      else byType.set(type, new Map([[stateKey, value]]));
    }
    this.#byType = byType;
    this.size = [...byType.values()].reduce((sum, ofType) => sum + ofType.size, 0);
    Object.freeze(this);
  }

  /** The map of a list of state events by their types and state keys; a later event replaces an earlier one. */
  static ofEvents<E extends { type: string; stateKey?: string }>(events: Iterable<E>): StateMap<E> {
    return new StateMap(Array.from(events, (event) => [event.type, event.stateKey ?? "", event] as const));
  }

  get(type: string, stateKey = ""): T | undefined {
    return this.#byType.get(type)?.get(stateKey);
  }

  has(type: string, stateKey = ""): boolean {
    return this.#byType.get(type)?.has(stateKey) ?? false;
  }

  /** The values of one type, by state key. */
  ofType(type: string): ReadonlyMap<string, T> {
    return this.#byType.get(type) ?? new Map();
  }

  *[Symbol.iterator](): Iterator<[type: string, stateKey: string, value: T]> {
    for (const [type, ofType] of this.#byType) {
      for (const [stateKey, value] of ofType) yield [type, stateKey, value];
    }
  }

  *values(): IterableIterator<T> {
    for (const [, , value] of this) yield value;
  }
}
