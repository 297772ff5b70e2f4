import type { Recorded } from "../decisions/decision-record.js";
import type { JsonObject } from "../matrix/json.js";
import { isWhole, itemsOf, markOf, withheldBy, type Withholding } from "./withheld.js";

/** Called when something is read that isn't in the record. @param path such as `args.0.sender` */
export type Trip = (reason: Withholding, path: string) => never;

/**
 * The value that was recorded. What is withheld of it is a tripwire: members are accessors that call `trip`, and where the
 * value itself is withheld, any use of it does.
 */
export function revive(value: Recorded, path: string, trip: Trip): unknown {
  if (isWhole(value)) return value;
  if (Array.isArray(value)) return withMembers([], value as unknown as JsonObject, path, trip);
  const reason = withheldBy(value);
  if (reason) return tripwire(reason, path, trip);
  const { of } = value as JsonObject;
  switch (markOf(value)) {
    case "undefined":
      return undefined;
    case "number":
      return Number(of);
    case "object":
      return withMembers({}, Object(of) as JsonObject, path, trip);
    case "set":
      return collection(itemsOf(value), path, trip, (items) => new Set(items));
    case "map":
      return collection(itemsOf(value).flat(), path, trip, (items) => new Map(pairs(items)));
    default:
      return withMembers({}, value as JsonObject, path, trip);
  }
}

/** Something whose every use trips. */
export function tripwire(reason: Withholding, path: string, trip: Trip): object {
  const fail = () => trip(reason, path);
  return new Proxy(Object.create(null) as object, {
    get: fail,
    has: fail,
    ownKeys: fail,
    getOwnPropertyDescriptor: fail,
    getPrototypeOf: fail,
    set: fail,
    defineProperty: fail,
    deleteProperty: fail,
  });
}

function withMembers(target: object, source: JsonObject, path: string, trip: Trip): object {
  for (const key of Object.keys(source)) {
    const member = source[key]!;
    const at = `${path}.${key}`;
    const reason = withheldBy(member);
    // Defined rather than assigned: a key `__proto__` is data like any other.
    Object.defineProperty(target, key, {
      enumerable: true,
      configurable: true,
      ...(reason
        ? { get: () => trip(reason, at), set: (written: unknown) => overwrite(target, key, written) }
        : { value: revive(member, at, trip), writable: true }),
    });
  }
  return target;
}

/** Who writes a member hasn't read it. */
function overwrite(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** A collection can be read only as a whole: whether a withheld item is in it can't be known. */
function collection(
  of: readonly Recorded[],
  path: string,
  trip: Trip,
  make: (items: readonly unknown[]) => object,
): object {
  const reason = of.map(withheldBy).find((found) => found !== undefined);
  if (reason) return tripwire(reason, path, trip);
  return make(of.map((item, index) => revive(item, `${path}.${index}`, trip)));
}

function* pairs(items: readonly unknown[]): Generator<[unknown, unknown]> {
  for (let index = 0; index < items.length; index += 2) yield [items[index], items[index + 1]];
}
