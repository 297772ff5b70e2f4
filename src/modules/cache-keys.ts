import { LigandError } from "../errors/ligand-error.js";
import { cacheKey } from "../services/cache-key.js";

/** Which arguments of a method make the key of its cache. */
export interface CacheKeyOptions {
  /** Only the first arguments, this many, make the key. Not together with `uncachedArgs`. */
  readonly numArgs?: number;
  /** The positions, from 0, of arguments that do not make the key. Not together with `numArgs`. */
  readonly uncachedArgs?: readonly number[];
  /** The default values of the method's parameters, so that a call which gives one and a call which omits it share. */
  readonly defaults?: readonly unknown[];
}

/** Makes the keys of one cached method. */
export class CacheKeys {
  readonly #method: string;
  readonly #numArgs: number;
  readonly #uncached: ReadonlySet<number>;
  readonly #defaults: readonly unknown[];

  /**
   * @param method its name, for messages.
   * @param arity how many parameters it has before the first that has a default value.
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for options that contradict each other or the method.
   */
  constructor(method: string, arity: number, { numArgs, uncachedArgs = [], defaults = [] }: CacheKeyOptions) {
    this.#method = method;
    this.#numArgs = numArgs ?? Number.POSITIVE_INFINITY;
    this.#uncached = new Set(uncachedArgs);
    this.#defaults = defaults;
    const count = Math.max(arity, defaults.length);
    const known = `${method} has ${count} (parameters after the first default value only count when \`defaults\` lists them)`;
    if (numArgs !== undefined && uncachedArgs.length > 0) {
      throw this.#invalid("`numArgs` and `uncachedArgs` exclude each other; give one of them");
    }
    if (numArgs !== undefined && !(Number.isInteger(numArgs) && numArgs >= 0 && numArgs <= count)) {
      throw this.#invalid(`\`numArgs\` must be a number of its parameters, found ${numArgs}; ${known}`);
    }
    const stray = uncachedArgs.find((position) => !(Number.isInteger(position) && position >= 0 && position < count));
    if (stray !== undefined) {
      throw this.#invalid(`\`uncachedArgs\` must be positions of its parameters, found ${stray}; ${known}`);
    }
  }

  /** The key of a call. */
  ofCall(args: readonly unknown[]): string {
    const items: unknown[] = [];
    const count = Math.min(this.#numArgs, Math.max(args.length, this.#defaults.length));
    for (let position = 0; position < count; position++) {
      if (this.#uncached.has(position)) continue;
      items.push(args[position] === undefined ? this.#defaults[position] : args[position]);
    }
    return cacheKey(items);
  }

  /** The key of a list of the arguments that count. */
  ofItems(items: readonly unknown[]): string {
    if (items.length > this.#numArgs) {
      throw this.#invalid(`its keys have ${this.#numArgs} items, found ${items.length}`);
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
