import type { ErrorCode } from "../errors/catalogue.js";
import type { ConfigPath } from "./config-path.js";

/** A value of a YAML file, with the offsets in the text where its parts are written. */
export type Source = ScalarSource | ListSource | MapSource;

interface Written {
  readonly offset: number;
  /** The number of values inside this one, aliases expanded, including itself. */
  readonly size: number;
  /** The number of levels of this value, including itself. */
  readonly depth: number;
  /** What's wrong with it if modules use it; a homeserver may accept it in its own part of the file. */
  readonly faults: readonly Fault[];
}

export interface ScalarSource extends Written {
  readonly kind: "scalar";
  readonly value: string | number | bigint | boolean | null;
}

export interface ListSource extends Written {
  readonly kind: "list";
  readonly items: readonly Source[];
}

export interface MapSource extends Written {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly keyOffset: number;
  readonly source: Source;
}

/** What's wrong with a value, and where. */
export interface Fault {
  readonly code: ErrorCode;
  readonly severity?: "warning";
  readonly message: string;
  readonly remedy: string;
  readonly offset: number;
  /** Where the repeated key is first written. */
  readonly firstOffset?: number;
}

/** A fault, and the path to the value that has it. */
export interface PlacedFault {
  readonly fault: Fault;
  readonly path: ConfigPath;
}

/**
 * The offset of the key or of the value at a path. Where the path leads to nothing, the place that a reader would
 * look at: the key of the mapping that should have it.
 */
export function offsetOf(root: Source, path: ConfigPath, what: "key" | "value"): number {
  let source = root;
  let offset = root.offset;
  for (const [depth, segment] of path.entries()) {
    const inner = childOf(source, segment);
    if (!inner) return offset;
    const wantsKey = what === "key" || (depth < path.length - 1 && !childOf(inner.source, path[depth + 1]!));
    offset = wantsKey ? inner.keyOffset : inner.source.offset;
    source = inner.source;
  }
  return offset;
}

function childOf(source: Source, segment: string | number): MapEntry | undefined {
  if (source.kind === "map") return source.entries.get(String(segment));
  if (source.kind !== "list" || typeof segment !== "number") return undefined;
  const item = source.items[segment];
  return item && { keyOffset: item.offset, source: item };
}

/** Whether a value is empty, or a scalar that counts as nothing. */
export function isEmpty(source: Source): boolean {
  if (source.kind === "scalar") return !source.value;
  return source.kind === "list" ? source.items.length === 0 : source.entries.size === 0;
}

/** A value for a message; collections show only their kind and size. */
export function shallowValue(source: Source): unknown {
  if (source.kind === "scalar") return source.value;
  return source.kind === "list" ? Array.from(source.items) : Object.fromEntries(source.entries);
}

/** A fresh plain value, aliases expanded, and its faults: each once, at the path where it was first met. */
export function plainValue(root: Source, start: ConfigPath): { value: unknown; faults: readonly PlacedFault[] } {
  const met = new Map<Fault, ConfigPath>();
  const path = [...start];
  const visit = (source: Source): unknown => {
    for (const fault of source.faults) if (!met.has(fault)) met.set(fault, [...path]);
    if (source.kind === "scalar") return source.value;
    if (source.kind === "list") {
      return source.items.map((item, index) => within(index, item));
    }
    return Object.fromEntries(Array.from(source.entries, ([key, { source }]) => [key, within(key, source)]));
  };
  const within = (segment: string | number, source: Source): unknown => {
    path.push(segment);
    const value = visit(source);
    path.pop();
    return value;
  };
  const value = visit(root);
  return { value, faults: Array.from(met, ([fault, path]) => ({ fault, path })) };
}
