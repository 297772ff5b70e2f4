import { LRUCache } from "lru-cache";
import { CancelledError } from "../errors/cancelled-error.js";
import type { CacheKeys } from "./cache-keys.js";
import type { CachedFunction } from "../services/caches.js";

/** Options of a {@link MethodCache}, made by `@Cached`. */
export interface MethodCacheSettings<Args extends readonly unknown[], Result> {
  readonly name: string;
  readonly maxEntries: number;
  /** Milliseconds; without it, entries don't expire. */
  readonly ttlMs?: number;
  readonly nowMs: (() => number) | undefined;
  readonly keys: CacheKeys;
  readonly execute: (args: Args) => Promise<Result>;
}

/** Options of one call of a cached method. @public */
export interface CachedCallOptions {
  /** Stops waiting for this caller alone: the execution continues for the others. */
  readonly signal?: AbortSignal;
  /** Called once when the entry is invalidated, evicted, replaced or expired, or its execution fails. */
  readonly onInvalidate?: () => void;
}

interface Entry<Result> {
  readonly promise: Promise<Result>;
  readonly onInvalidate: Set<() => void>;
}

/** The cache of one decorated method of one instance; {@link cacheOf} returns it. @public */
export class MethodCache<Args extends readonly unknown[], Result> implements CachedFunction {
  readonly #settings: MethodCacheSettings<Args, Result>;
  readonly #entries: LRUCache<string, Entry<Result>>;

  constructor(settings: MethodCacheSettings<Args, Result>) {
    this.#settings = settings;
    this.#entries = new LRUCache({
      max: settings.maxEntries,
      ...(settings.ttlMs !== undefined && {
        ttl: settings.ttlMs,
        ttlResolution: 0,
        ...(settings.nowMs && { perf: { now: settings.nowMs } }),
      }),
      disposeAfter: (entry) => {
        for (const callback of entry.onInvalidate) callback();
      },
    });
  }

  /** `Class.method`. */
  get name(): string {
    return this.#settings.name;
  }

  /** The number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Calls the method like `instance.method(...args)`, with options for this one call.
   *
   * @throws {CancelledError} when `signal` aborts; otherwise what the method throws.
   */
  call(args: Args, options: CachedCallOptions = {}): Promise<Result> {
    const entry = this.#entry(args);
    if (options.onInvalidate) entry.onInvalidate.add(options.onInvalidate);
    return options.signal ? unlessAborted(entry.promise, options.signal) : entry.promise;
  }

  /** Forgets the entry with this key: the arguments that count, in order. Unknown keys are fine. */
  invalidate(keys: readonly unknown[]): void {
    this.#entries.delete(this.#settings.keys.ofItems(keys));
  }

  /** Forgets all entries. */
  invalidateAll(): void {
    this.#entries.clear();
  }

  /** Stores a result without an execution. */
  prefill(keys: readonly unknown[], value: Result): void {
    const entry = { promise: Promise.resolve(value), onInvalidate: new Set<() => void>() };
    this.#entries.set(this.#settings.keys.ofItems(keys), entry);
  }

  #entry(args: Args): Entry<Result> {
    const key = this.#settings.keys.ofCall(args);
    const known = this.#entries.get(key);
    if (known) return known;
    const entry = { promise: this.#settings.execute(args), onInvalidate: new Set<() => void>() };
    this.#entries.set(key, entry);
    entry.promise.catch(() => {
      // The entry may have been replaced while the execution was pending.
      if (this.#entries.peek(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(new CancelledError("waiting for a cached result was cancelled", { cause: signal.reason }));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
