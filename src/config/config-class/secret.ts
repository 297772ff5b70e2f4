import type { Newable } from "inversify";
import { LigandError } from "../../errors/ligand-error.js";
import { assertCalled, assertExperimental, isPrototype } from "../../hooks/decorator-use.js";

/** Shared by all copies of the package, as the marks of modules are. */
const MARK = Symbol.for("ligand.secret");

type Marked = Partial<Record<typeof MARK, ReadonlySet<string>>>;

/**
 * Declares that a string property of a config class is a secret, such as a password or an access token.
 *
 * The administrator may then keep it out of the configuration: beside `admin_token`, the key `admin_token_path` is accepted,
 * which names a file that holds the secret. A relative path starts at the folder of the configuration file; spaces and line
 * breaks around the secret are left out. The secret is hidden in everything that Ligand shows: messages, excerpts, schemas,
 * and whatever modules log.
 *
 * @throws {LigandError} `LIGAND_DECORATOR_MISUSED` when applied to anything but a property
 *
 * @public
 */
export function Secret(...rest: never[]): (prototype: object, property: string) => void {
  assertCalled("Secret()", rest[0]);
  return (prototype, property, ...others: unknown[]) => {
    assertExperimental("Secret()", property);
    if (typeof property !== "string" || !isPrototype(prototype) || others[0] !== undefined) {
      throw new LigandError("LIGAND_DECORATOR_MISUSED", "`@Secret` was applied to something that isn't a property", {
        remedy: "Put `@Secret()` before a property of a config class.",
      });
    }
    const value = new Set([...secretProperties(prototype.constructor as Newable<object>), property]);
    Object.defineProperty(prototype, MARK, { value, configurable: true });
  };
}

/** The properties of a config class, and of the classes that it extends, that hold secrets. */
export function secretProperties(Class: Newable<object>): ReadonlySet<string> {
  return (Class.prototype as Marked)[MARK] ?? new Set();
}

/** The key that says in which file the secret of a key is. */
export function pathKeyOf(key: string): string {
  return `${key}_path`;
}
