import { isPlainObject } from "../matrix/json.js";

const identities = new WeakMap<object, number>();
const symbols = new Map<symbol, number>();
let lastIdentity = 0;

/**
 * One string for a list of arguments. Two lists give the same string when their items are equal: values by type and value,
 * arrays and plain objects by their contents (the order of keys doesn't matter), objects with `toJSON` by class and
 * JSON form, everything else by identity. Trailing items that are `undefined` don't count.
 */
export function cacheKey(items: readonly unknown[]): string {
  let end = items.length;
  while (end > 0 && items[end - 1] === undefined) end--;
  const [first] = items;
  if (end === 1 && typeof first === "string" && isOwnKey(first)) return first;
  return items.slice(0, end).map(textOf).join(",");
}

/** Whether a string begins as the ids of Matrix do: no other key does, and the commonest key needs no copy. */
function isOwnKey(text: string): boolean {
  return text.startsWith("@") || text.startsWith("!") || text.startsWith("$");
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "symbol":
      return `symbol#${symbols.get(value) ?? remember(symbols, value)}`;
    case "function":
      return identityOf(value);
    case "object":
      return value === null ? "null" : textOfObject(value);
    default:
      return String(value);
  }
}

function textOfObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(",")}]`;
  if (isPlainObject(value)) {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    return `{${keys
      .toSorted()
      .map((key) => `${JSON.stringify(key)}:${textOf(value[key])}`)
      .join(",")}}`;
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return `${identityOf(value.constructor)}(${textOf((value.toJSON as () => unknown)())})`;
  }
  return identityOf(value);
}

function identityOf(value: object): string {
  return `#${identities.get(value) ?? remember(identities, value)}`;
}

function remember<K extends WeakKey>(known: { set(key: K, id: number): unknown }, key: K): number {
  known.set(key, ++lastIdentity);
  return lastIdentity;
}
