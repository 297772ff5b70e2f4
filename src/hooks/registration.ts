import "reflect-metadata";
import { sharedSymbol } from "../package.js";

/** That a method of a module class is a callback of a hook. */
export interface Registration {
  /** The name of the category, such as `SpamChecker`. */
  readonly category: string;
  /** The name of the hook, such as `checkEventForSpam`. */
  readonly hook: string;
  readonly method: string | symbol;
  /** What the decorator was given, as the hook reads it; undefined where that was nothing. */
  readonly options: unknown;
  /** Tells several registrations of the method on the hook apart. */
  readonly key?: string;
}

const REGISTRATIONS = sharedSymbol("registrations");

/** Adds a registration to the class that `prototype` belongs to. */
export function register(prototype: object, registration: Registration): void {
  const own = (Reflect.getOwnMetadata(REGISTRATIONS, prototype) as Registration[] | undefined) ?? [];
  Reflect.defineMetadata(REGISTRATIONS, [...own, Object.freeze(registration)], prototype);
}

/**
 * The registrations of a class, those it inherits first, each in the order of the text. A subclass that overrides a
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
      // In the place of the method, with what the override's decorator asks for.
      else all[known] = registration;
    }
  }
  return all;
}

function isSame(one: Registration, other: Registration): boolean {
  return (
    one.category === other.category && one.hook === other.hook && one.method === other.method && one.key === other.key
  );
}
