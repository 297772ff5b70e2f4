import { brand } from "../errors/brand.js";
import { shownArgument } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";
import type { StateSelection } from "./state-selection.js";

/** A value that's made on first use. */
class Unmade {
  constructor(readonly raw: unknown) {}
}

/**
 * Notified of what is read of a state: a value by its type and key, the values of a type, or the whole. What is read whole is
 * a state that notifies of nothing.
 */
export type NoteRead = (read: unknown, ...key: [] | [type: string] | [type: string, stateKey: string]) => void;

/** The same state, which notifies of what is read of it; that of another copy of Ligand as it is. */
export let watchState: <T>(state: StateMap<T>, note: NoteRead) => StateMap<T>;

/** State keys by type; null for all of the type. */
type Selected = ReadonlyMap<string, ReadonlySet<string> | null>;

/**
 * A read-only map whose keys are pairs of event type and state key, such as the state of a room.
 * A `Map` won't do: it compares pairs by identity.
 *
 * @public
 */
export class StateMap<T> implements Iterable<[type: string, stateKey: string, value: T]> {
  static {
    brand(this, "StateMap");
    watchState = (state, note) => {
      const isOwn: boolean = #byType in state;
      if (!isOwn) return state;
      const view = state.#unwatched();
      view.#note = note;
      return view;
    };
  }

  #byType: ReadonlyMap<string, Map<string, T | Unmade>>;
  #make: ((raw: never) => T) | undefined;
  #selected: Selected | undefined;
  #note: NoteRead | undefined;

  constructor(entries: Iterable<readonly [type: string, stateKey: string, value: T]> = []) {
    this.#byType = byTypeOf(entries);
    Object.freeze(this);
  }

  /** Builds the map from a list of state events, by type and state key; a later event replaces an earlier one. */
  static ofEvents<E extends { type: string; stateKey?: string }>(events: Iterable<E>): StateMap<E> {
    return new StateMap(Array.from(events, (event) => [event.type, event.stateKey ?? "", event] as const));
  }

  /** A map that makes each value on first use: most callbacks look at only a few events of a large room. */
  static lazily<Raw, T>(
    entries: Iterable<readonly [type: string, stateKey: string, raw: Raw]>,
    make: (raw: Raw) => T,
  ): StateMap<T> {
    const map = new StateMap<T>();
    map.#byType = byTypeOf(entries, (raw) => new Unmade(raw));
    map.#make = make;
    return map;
  }

  /** The number of entries; for a selection, the number it covers. */
  get size(): number {
    this.#note?.(this.#unwatched());
    let size = 0;
    for (const [type, ofType] of this.#byType) {
      const keys = this.#keysOf(type);
      if (keys === null) size += ofType.size;
      else for (const stateKey of keys) if (ofType.has(stateKey)) size++;
    }
    return size;
  }

  /** @throws {LigandError} `LIGAND_STATE_NOT_DECLARED` for state that the callback's decorator doesn't declare. */
  get(type: string, stateKey = ""): T | undefined {
    this.#assertSelected(type, stateKey);
    const ofType = this.#byType.get(type);
    const value = ofType && this.#valueIn(ofType, stateKey);
    this.#note?.(value, type, stateKey);
    return value;
  }

  /** @throws {LigandError} `LIGAND_STATE_NOT_DECLARED` for state that the callback's decorator doesn't declare. */
  has(type: string, stateKey = ""): boolean {
    this.#assertSelected(type, stateKey);
    if (this.#note) return this.get(type, stateKey) !== undefined;
    return this.#byType.get(type)?.has(stateKey) ?? false;
  }

  /**
   * The values of one type, by state key.
   *
   * @throws {LigandError} `LIGAND_STATE_NOT_DECLARED` unless the decorator declares the type as a whole.
   */
  ofType(type: string): ReadonlyMap<string, T> {
    this.#assertSelected(type);
    const ofType = this.#byType.get(type) ?? new Map<string, T>();
    if (this.#make) for (const stateKey of ofType.keys()) this.#valueIn(ofType, stateKey);
    this.#note?.(ofType, type);
    return ofType as Map<string, T>;
  }

  /** The same state, restricted to `selection`: asking for anything else throws. */
  only(selection: StateSelection): StateMap<T> {
    const view = new StateMap<T>();
    view.#byType = this.#byType;
    view.#make = this.#make;
    view.#selected = selectedBy(selection);
    view.#note = this.#note;
    return view;
  }

  #unwatched(): StateMap<T> {
    const view = new StateMap<T>();
    view.#byType = this.#byType;
    view.#make = this.#make;
    view.#selected = this.#selected;
    return view;
  }

  *[Symbol.iterator](): Iterator<[type: string, stateKey: string, value: T]> {
    this.#note?.(this.#unwatched());
    for (const [type, ofType] of this.#byType) {
      for (const stateKey of this.#keysOf(type) ?? ofType.keys()) {
        if (ofType.has(stateKey)) yield [type, stateKey, this.#valueIn(ofType, stateKey) as T];
      }
    }
  }

  *values(): IterableIterator<T> {
    for (const [, , value] of this) yield value;
  }

  #valueIn(ofType: Map<string, T | Unmade>, stateKey: string): T | undefined {
    const value = ofType.get(stateKey);
    if (!(value instanceof Unmade)) return value;
    const made = this.#make!(value.raw as never);
    ofType.set(stateKey, made);
    return made;
  }

  /** The state keys of a type that can be read; null for all. */
  #keysOf(type: string): ReadonlySet<string> | null {
    if (!this.#selected) return null;
    const keys = this.#selected.get(type);
    return keys === undefined ? NO_KEYS : keys;
  }

  #assertSelected(type: string, stateKey?: string): void {
    if (!this.#selected) return;
    const keys = this.#keysOf(type);
    if (keys === null || (stateKey !== undefined && keys.has(stateKey))) return;
    throw notDeclared(this.#selected, type, stateKey);
  }
}

const NO_KEYS: ReadonlySet<string> = new Set();

function byTypeOf<Value, Held = Value>(
  entries: Iterable<readonly [type: string, stateKey: string, value: Value]>,
  hold: (value: Value) => Held = (value) => value as unknown as Held,
): Map<string, Map<string, Held>> {
  const byType = new Map<string, Map<string, Held>>();
  for (const [type, stateKey, value] of entries) {
    const ofType = byType.get(type);
    if (ofType) ofType.set(stateKey, hold(value));
    else byType.set(type, new Map([[stateKey, hold(value)]]));
  }
  return byType;
}

function selectedBy(selection: StateSelection): Selected {
  const selected = new Map<string, Set<string> | null>();
  for (const [type, stateKey] of selection) {
    const keys = selected.get(type);
    if (stateKey === undefined) selected.set(type, null);
    else if (keys === undefined) selected.set(type, new Set([stateKey]));
    else keys?.add(stateKey);
  }
  return selected;
}

function notDeclared(selected: Selected, type: string, stateKey: string | undefined): LigandError {
  const asked = stateKey === undefined ? `all ${type} events` : `${type} with the state key ${shownArgument(stateKey)}`;
  const declared = Array.from(selected, ([name, keys]) =>
    keys === null ? name : Array.from(keys, (key) => `${name} (${JSON.stringify(key)})`).join(", "),
  );
  const one = stateKey === undefined ? "" : `${shownArgument([type, stateKey])} or, for every state key, `;
  return new LigandError(
    "LIGAND_STATE_NOT_DECLARED",
    `the callback asked its state for ${asked}, but its decorator declares ${declared.join(", ") || "no state"}`,
    { remedy: `Add ${one}${JSON.stringify([type])} to \`state\` in the decorator of the callback.` },
  );
}
