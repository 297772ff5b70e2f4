import "reflect-metadata";
import { sharedSymbol } from "../package.js";

/** Registers a method of a module class as a callback of a hook. */
export interface Registration {
  /** The name of the category, such as `SpamChecker`. */
  readonly category: string;
  /** The name of the hook, such as `checkEventForSpam`. */
  readonly hook: string;
  readonly method: string | symbol;
  /** The decorator's arguments, as the hook reads them; undefined if there were none. */
  readonly options: unknown;
  /** Distinguishes several registrations of the method on the hook. */
  readonly key?: string;
}

const REGISTRATIONS = sharedSymbol("registrations");

/** Adds a registration to the class that `prototype` belongs to. */
export function register(prototype: object, registration: Registration): void {
  const own = (Reflect.getOwnMetadata(REGISTRATIONS, prototype) as Registration[] | undefined) ?? [];
  Reflect.defineMetadata(REGISTRATIONS, [...own, Object.freeze(registration)], prototype);
}

/**
 * The registrations of a class, those it inherits first, each in source order. A subclass that overrides a
 * method keeps the method's registrations; decorating the override with the same hook does not register it again, and
 * the override's options count.
 */
export function registrationsOf(moduleClass: Function): Registration[] {
  const lineage: object[] = [];
  for (
    let prototype = moduleClass.prototype as object | null;
    prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    lineage.unshift(prototype);
  }
  const all: Registration[] = [];
  for (const prototype of lineage) {
    const own = (Reflect.getOwnMetadata(REGISTRATIONS, prototype) as Registration[] | undefined) ?? [];
    const inherited = all.length;
    for (const registration of own) {
      const known = all.findIndex((earlier, index) => index < inherited && isSame(earlier, registration));
      if (known < 0) all.push(registration);
      // Replaces the method, with the override's options.
      else all[known] = registration;
    }
  }
  return all;
}

/** The hooks that a class answers, such as `SpamChecker.checkEventForSpam`. */
export function hookNamesOf(moduleClass: Function): ReadonlySet<string> {
  return new Set(registrationsOf(moduleClass).map(({ category, hook }) => `${category}.${hook}`));
}

function isSame(one: Registration, other: Registration): boolean {
  return (
    one.category === other.category && one.hook === other.hook && one.method === other.method && one.key === other.key
  );
}
