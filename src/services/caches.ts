import type { ServiceDeclaration } from "./service-declaration.js";

/** What a cache needs to know of a function whose results are cached; see `@Cached`. */
export interface CachedFunction {
  /** The same on every process, such as `EvilUsers.lookUp`. */
  readonly name: string;
  /** Forgets the entry with this key: the arguments that count, in order. Unknown keys are fine. */
  invalidate(keys: readonly unknown[]): void;
  /** Forgets all entries. */
  invalidateAll(): void;
}

/**
 * Keeps the caches of a homeserver's processes in step. An implementation for several processes sends what
 * {@link Caches.broadcast} is given to the others, and calls {@link Caches.receive} there.
 */
export abstract class Caches {
  static readonly declaration: ServiceDeclaration<Caches> = {
    runsIn: "module",
    methods: {
      registerCachedFunction: "own",
      invalidateCache: "own",
    },
  };

  readonly #functions = new Map<string, CachedFunction>();

  /**
   * Makes a cached function known on this process, so that other processes can reach its entries. Of two functions with
   * one name, the later wins. (`register_cached_function`, 1.69.)
   */
  registerCachedFunction(cachedFunction: CachedFunction): void {
    this.#functions.set(cachedFunction.name, cachedFunction);
  }

  /**
   * Forgets one entry: here immediately, then on all processes that registered a function of this name.
   * (`invalidate_cache`, 1.69.)
   */
  async invalidateCache(cachedFunction: CachedFunction, keys: readonly unknown[]): Promise<void> {
    cachedFunction.invalidate(keys);
    await this.broadcast(cachedFunction.name, keys);
  }

  /** Tells all other processes to forget an entry. */
  protected abstract broadcast(name: string, keys: readonly unknown[]): Promise<void>;

  /** Forgets an entry on behalf of another process. */
  protected receive(name: string, keys: readonly unknown[]): void {
    this.#functions.get(name)?.invalidate(keys);
  }

  /** Forgets all entries of a function, or of every function, where it is not known which are old. */
  protected receiveAll(name?: string): void {
    const functions = name === undefined ? this.#functions.values() : [this.#functions.get(name)];
    for (const cachedFunction of functions) cachedFunction?.invalidateAll();
  }
}
