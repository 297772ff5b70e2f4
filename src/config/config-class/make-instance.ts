// class-transformer exports its functions and not what they run; packages that need that import these files.
// @ts-expect-error -- its types are in another folder
import { defaultOptions } from "class-transformer/cjs/constants/default-options.constant.js";
// @ts-expect-error -- its types are in another folder
import { TransformOperationExecutor } from "class-transformer/cjs/TransformOperationExecutor.js";
import { TransformationType } from "class-transformer";
import type { Newable } from "inversify";
import { configKeys } from "./config-keys.js";
import { rulesOf } from "./validator-metadata.js";

/** The part of class-transformer's executor that is used here. */
interface Executor {
  transform(source: undefined, value: object, type: Newable<object>): unknown;
  getKeys(Class: Newable<object> | undefined, object: object, isMap: boolean): string[];
}

const Executor = TransformOperationExecutor as new (type: TransformationType, options: object) => Executor;

/** An instance of a config class, nested ones included, as `plainToInstance` makes it. Unknown keys are left out. */
export function makeInstance<T extends object>(Class: Newable<T>, raw: object): T {
  return new QuickExecutor(Class).transform(undefined, raw, Class) as T;
}

const MOST_KEYS = 100;

/** Makes the same instances without the library's search for repeated keys, which is quadratic in their number. */
class QuickExecutor extends Executor {
  constructor(private readonly root: Newable<object>) {
    super(TransformationType.PLAIN_TO_CLASS, defaultOptions as object);
  }

  override getKeys(Class: Newable<object> | undefined, object: object, isMap: boolean): string[] {
    const keys = Object.keys(object);
    if (!Class || isMap) return keys;
    const isConfig = Class === this.root || rulesOf(Class).size > 0;
    const known = isConfig ? keys.filter((key) => configKeys(Class).has(key)) : keys;
    const chosen = new Set<string>();
    for (let start = 0; start === 0 || start < known.length; start += MOST_KEYS) {
      const some = known.slice(start, start + MOST_KEYS).map((key) => [key, undefined] as const);
      for (const key of super.getKeys(Class, Object.fromEntries(some), isMap)) chosen.add(key);
    }
    return [...chosen];
  }
}
