import { describe } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";
import { assertExperimental, isPrototype } from "./decorator-use.js";
import { memberOf } from "./member-of.js";

/**
 * Refuses the decorator of a method where it was applied to anything else: by the compiler, or by JavaScript, in which
 * decorators are called as functions.
 *
 * @param decorator how it's written, such as `Cached()`
 * @throws {LigandError} `LIGAND_DECORATOR_MISUSED` unless `method` names an instance method of a class
 */
export function assertMethod(
  decorator: string,
  prototype: unknown,
  method: unknown,
): asserts method is string | symbol {
  assertExperimental(decorator, method);
  const isMethod = isPrototypeOfClass(prototype) && isName(method) && typeof memberOf(prototype, method) === "function";
  if (!isMethod) {
    const place = describePlace(prototype, method, "which is not a method");
    throw misplaced(decorator, place, "an instance method", `${decorator}(TheClass.prototype, "method")`);
  }
}

/** Refuses the decorator of a constructor's parameter, or of a property, where it was applied to anything else. */
export function assertInjectable(decorator: string, target: unknown, name: unknown, index: unknown): void {
  assertExperimental(decorator, name);
  const isParameter =
    typeof target === "function" && name === undefined && Number.isInteger(index) && Number(index) >= 0;
  const isProperty = isPrototypeOfClass(target) && isName(name) && typeof memberOf(target, name) !== "function";
  if (isParameter || (isProperty && typeof index !== "number")) return;
  const member = describePlace(target, name, "which is a method");
  const place = typeof index === "number" ? member.replace("is on", `is on parameter ${index + 1} of`) : member;
  const form = `${decorator}(TheClass, undefined, 0)\` for the first parameter, or \`${decorator}(TheClass.prototype, "property")`;
  throw misplaced(decorator, place, "a parameter of the constructor, or a property", form);
}

function misplaced(decorator: string, place: string, expected: string, form: string): LigandError {
  return new LigandError("LIGAND_DECORATOR_MISUSED", `@${decorator} ${place}; expected ${expected}`, {
    remedy: `Put it on ${expected}; in plain JavaScript, write \`${form}\`.`,
  });
}

function describePlace(target: unknown, name: unknown, fault: string): string {
  if (typeof target === "function") {
    return isName(name) ? `is on the static method ${target.name}.${String(name)}` : `is on the class ${target.name}`;
  }
  if (!isPrototypeOfClass(target)) return `is on ${describe(target)}`;
  const owner = target.constructor.name;
  return isName(name)
    ? `names ${owner}.${String(name)}, ${fault}`
    : `is on the prototype of ${owner}, and names no method`;
}

function isName(value: unknown): value is string | symbol {
  return typeof value === "string" || typeof value === "symbol";
}

/** The prototype of a class, or of a function in its place, whose prototype may be any object. */
function isPrototypeOfClass(value: unknown): value is object {
  return isPrototype(value) || (typeof value === "object" && value !== null && value.constructor === Object);
}
