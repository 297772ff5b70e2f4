import type { ServiceDeclaration } from "./service-declaration.js";

/** A function whose results are cached, as the cache sees it; see `@Cached`. @public */
export interface CachedFunction {
  /** The same in every process, such as `EvilUsers.lookUp`. */
  readonly name: string;
  /** Forgets the entry with this key: the arguments that count, in order. Unknown keys are fine. */
  invalidate(keys: readonly unknown[]): void;
  /** Forgets all entries. */
  invalidateAll(): void;
}

/**
 * Keeps the caches of a homeserver's processes in step. An implementation for several processes sends the arguments of
 * {@link Caches.broadcast} to the others, and calls {@link Caches.receive} there.
 *
 * @public
 */
export abstract class Caches {
  static readonly declaration: ServiceDeclaration<Caches> = {
    runsIn: "module",
    methods: {
      registerCachedFunction: { does: "own", returns: "nothing" },
      invalidateCache: { does: "own", returns: "nothing" },
    },
  };

  readonly #functions = new Map<string, CachedFunction>();

  /**
   * Registers a cached function in this process, so that other processes can reach its entries. If two functions have
   * the same name, the later one wins. (`register_cached_function`, 1.69.)
   */
  registerCachedFunction(cachedFunction: CachedFunction): void {
    this.#functions.set(cachedFunction.name, cachedFunction);
  }

  /**
   * Forgets one entry: immediately here, then in all processes that registered a function of this name.
   * (`invalidate_cache`, 1.69.)
   */
  async invalidateCache(cachedFunction: CachedFunction, keys: readonly unknown[]): Promise<void> {
    cachedFunction.invalidate(keys);
    await this.broadcast(cachedFunction.name, keys);
  }

  /** Notifies all other processes to forget an entry. */
  protected abstract broadcast(name: string, keys: readonly unknown[]): Promise<void>;

  /** Forgets an entry on behalf of another process. */
  protected receive(name: string, keys: readonly unknown[]): void {
    this.#functions.get(name)?.invalidate(keys);
  }

  /** Forgets all entries of a function, or of every function if it isn't known which entries are stale. */
  protected receiveAll(name?: string): void {
    const functions = name === undefined ? this.#functions.values() : [this.#functions.get(name)];
    for (const cachedFunction of functions) cachedFunction?.invalidateAll();
  }
}
