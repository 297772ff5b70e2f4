import { sharedSymbol } from "../package.js";

const isInstance = Function.prototype[Symbol.hasInstance];

/**
 * Lets `instanceof` recognise instances from another copy of this version of the package: a module brings its own copy
 * when its folder is linked, or when it's bundled. Subclasses without a brand are compared as usual.
 */
export function brand(Class: Function, name: string): void {
  const mark = sharedSymbol(name);
  Object.defineProperty(Class.prototype as object, mark, { value: true });
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (isInstance.call(this as Function, value)) return true;
      return this === Class && typeof value === "object" && value !== null && mark in value;
    },
  });
}
