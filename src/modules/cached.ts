import { sharedSymbol } from "../package.js";
import { declareAs } from "../hooks/declared-parameters.js";
import { assertCalled } from "../hooks/decorator-use.js";
import { anything, callable, checkOptions, type OptionRules } from "../options/check-options.js";
import { memberOf } from "../hooks/member-of.js";
import { LigandError } from "../errors/ligand-error.js";
import { assertMethod } from "../hooks/decorator-place.js";
import { CacheKeys, type CacheKeyOptions } from "./cache-keys.js";
import type { Clock } from "../services/clock.js";
import { MethodCache } from "./method-cache.js";

/** Options of a cached method. @public */
export interface CachedOptions extends CacheKeyOptions {
  /** Beyond this number, the least recently used entry is dropped; 1000 by default. */
  readonly maxEntries?: number;
  /** How long an entry is used, in milliseconds; forever by default. */
  readonly ttlMs?: number;
  /**
   * The clock that measures `ttlMs`, taken from the instance, so that a test can move it; the machine's clock by default, which
   * never goes back.
   */
  readonly clock?: (instance: never) => Clock;
}

/** The values are checked together with the method, so that the error message can name it. */
const RULES: OptionRules<CachedOptions> = {
  maxEntries: anything,
  ttlMs: anything,
  clock: callable,
  numArgs: anything,
  uncachedArgs: anything,
  defaults: anything,
};

type AsyncMethod = (...args: never[]) => Promise<unknown>;
type UntypedCache = MethodCache<readonly unknown[], unknown>;

/** The cache of a method of this type. @public */
export type CacheOf<M> = M extends (...args: infer Args) => Promise<infer Result> ? MethodCache<Args, Result> : never;

/** The property of a decorated method that gives its cache for an instance. */
const CACHE_FOR: unique symbol = sharedSymbol("cache") as never;

/**
 * Caches the results of an async method, separately for each instance. What it caches is the *pending* promise: concurrent
 * calls with the same key share one execution. A failure reaches all of them and isn't cached. {@link cacheOf} returns the
 * cache, so that you can invalidate and prefill it. (`cached` in Synapse, 1.74.)
 *
 * By default all arguments form the key. Values, arrays and plain objects are compared by content.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for options that contradict each other or the method;
 *   `LIGAND_DECORATOR_MISUSED` on anything but an instance method.
 *
 * @public
 */
export function Cached(options: CachedOptions = {}) {
  assertCalled("Cached()", options);
  checkOptions("@Cached", options, RULES);
  return <M extends AsyncMethod>(
    prototype: object,
    method: string | symbol,
    descriptor?: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod("Cached()", prototype, method);
    const name = `${prototype.constructor.name}.${String(method)}`;
    const original = memberOf(prototype, method) as (...args: readonly unknown[]) => Promise<unknown>;
    const { maxEntries = 1000, ttlMs, clock } = options;
    checkPositive(name, "maxEntries", maxEntries);
    if (ttlMs !== undefined) checkPositive(name, "ttlMs", ttlMs);
    const keys = new CacheKeys(name, original.length, options);
    const caches = new WeakMap<object, UntypedCache>();
    const cacheFor = (instance: object): UntypedCache => {
      const known = caches.get(instance);
      if (known) return known;
      const cache: UntypedCache = new MethodCache({
        name,
        keys,
        maxEntries,
        ...(ttlMs !== undefined && { ttlMs }),
        nowMs: clock && (() => clock(instance as never).nowMs()),
        // Async, so that an exception of the method becomes a rejection, too.
        execute: async (args) => original.apply(instance, args as unknown[]),
      });
      caches.set(instance, cache);
      return cache;
    };
    const wrapped = function (this: object, ...args: readonly unknown[]): Promise<unknown> {
      return cacheFor(this).call(args);
    };
    Object.defineProperty(wrapped, CACHE_FOR, { value: cacheFor });
    declareAs(wrapped, original);
    // TypeScript defines the method anew by the descriptor; plain JavaScript gives none.
    if (descriptor) descriptor.value = wrapped as unknown as M;
    else Object.defineProperty(prototype, method, { value: wrapped, writable: true, configurable: true });
  };
}

/**
 * The cache of a method decorated with {@link Cached}, for one instance: `cacheOf(this, "lookUp").invalidate([id])`.
 *
 * @throws {LigandError} `LIGAND_DECORATOR_MISUSED` when the method isn't decorated.
 *
 * @public
 */
export function cacheOf<T extends object, Name extends keyof T>(instance: T, method: Name): CacheOf<T[Name]> {
  const decorated = instance[method] as { readonly [CACHE_FOR]?: (instance: object) => UntypedCache } | undefined;
  const cacheFor = decorated?.[CACHE_FOR];
  if (!cacheFor) {
    throw new LigandError(
      "LIGAND_DECORATOR_MISUSED",
      `${instance.constructor.name}.${String(method)} has no cache: it isn't decorated with @Cached`,
      { remedy: "Decorate the method with `@Cached()`." },
    );
  }
  return cacheFor(instance) as unknown as CacheOf<T[Name]>;
}

function checkPositive(method: string, option: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `the cache of ${method}: \`${option}\` must be a positive integer, but it's ${value}`,
  );
}
