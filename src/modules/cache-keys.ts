import { LigandError } from "../errors/ligand-error.js";
import { cacheKey } from "../services/cache-key.js";

/** Which arguments of a method form the key of its cache. @public */
export interface CacheKeyOptions {
  /** Only this many first arguments form the key. Can't be combined with `uncachedArgs`. */
  readonly numArgs?: number;
  /** Positions, from 0, of arguments that aren't part of the key. Can't be combined with `numArgs`. */
  readonly uncachedArgs?: readonly number[];
  /** The default values of the method's parameters, so that passing a default and omitting it share an entry. */
  readonly defaults?: readonly unknown[];
}

/** Makes the keys of one cached method. */
export class CacheKeys {
  readonly #method: string;
  readonly #numArgs: number;
  readonly #uncached: ReadonlySet<number>;
  readonly #defaults: readonly unknown[];
  /** Whether the arguments are the key as they are, which is how most methods are cached. */
  readonly #areAllKeys: boolean;

  /**
   * @param method its name, for messages.
   * @param arity the number of parameters before the first one with a default value.
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for options that contradict each other or the method.
   */
  constructor(method: string, arity: number, { numArgs, uncachedArgs = [], defaults = [] }: CacheKeyOptions) {
    this.#method = method;
    this.#numArgs = numArgs ?? Number.POSITIVE_INFINITY;
    this.#uncached = new Set(uncachedArgs);
    this.#defaults = defaults;
    this.#areAllKeys = numArgs === undefined && uncachedArgs.length === 0 && defaults.length === 0;
    const count = Math.max(arity, defaults.length);
    const known = `${method} has ${count} (parameters from the first default value on only count if \`defaults\` lists them)`;
    if (numArgs !== undefined && uncachedArgs.length > 0) {
      throw this.#invalid("`numArgs` and `uncachedArgs` exclude each other; use one of them");
    }
    if (numArgs !== undefined && !(Number.isInteger(numArgs) && numArgs >= 0 && numArgs <= count)) {
      throw this.#invalid(`\`numArgs\` is out of range: ${numArgs}; ${known}`);
    }
    const stray = uncachedArgs.find((position) => !(Number.isInteger(position) && position >= 0 && position < count));
    if (stray !== undefined) {
      throw this.#invalid(`\`uncachedArgs\` is out of range: ${stray}; ${known}`);
    }
  }

  /** The key of a call. */
  ofCall(args: readonly unknown[]): string {
    if (this.#areAllKeys) return cacheKey(args);
    const items: unknown[] = [];
    const count = Math.min(this.#numArgs, Math.max(args.length, this.#defaults.length));
    for (let position = 0; position < count; position++) {
      if (this.#uncached.has(position)) continue;
      items.push(args[position] === undefined ? this.#defaults[position] : args[position]);
    }
    return cacheKey(items);
  }

  /** The key of a list of arguments that count. */
  ofItems(items: readonly unknown[]): string {
    if (items.length > this.#numArgs) {
      throw this.#invalid(`its keys have ${this.#numArgs} items, but got ${items.length}`);
    }
    const args: unknown[] = [];
    for (const item of items) {
      while (this.#uncached.has(args.length)) args.push(undefined);
      args.push(item);
    }
    return this.ofCall(args);
  }

  #invalid(message: string): LigandError {
    return new LigandError("LIGAND_ARGUMENT_INVALID", `the cache of ${this.#method}: ${message}`);
  }
}
