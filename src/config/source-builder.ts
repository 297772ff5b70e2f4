import { isAlias, isMap, isPair, isScalar, isSeq, Scalar, type Alias, type Node, type YAMLMap } from "yaml";
import type { ConfigPath } from "./config-path.js";
import { butFound, describeFound } from "./describe-found.js";
import { scalarFaults } from "./scalar-faults.js";
import { shallowValue, type Fault, type MapEntry, type PlacedFault, type ScalarSource, type Source } from "./source.js";

/** The deepest accepted nesting. */
export const MAX_DEPTH = 100;
/** How many values the aliases of one file may stand for. */
export const MAX_ALIASED = 100_000;

const KNOWN_TAGS = /^(!|tag:yaml\.org,2002:(str|int|float|bool|null|map|seq))$/;
/** Keys with a meaning of their own in JavaScript; libraries drop or obey them. */
const RESERVED_KEYS = new Set(["__proto__", "constructor"]);

/** Turns the nodes of a YAML document into a {@link Source}; anchors, aliases and merge keys are resolved. */
export class SourceBuilder {
  readonly #anchors = new Map<string, Source | "open">();
  readonly #path: (string | number)[] = [];
  readonly #faults: PlacedFault[] = [];
  #aliased = 0;

  /** What is wrong with the nodes that were built, whatever their values are used for. */
  get faults(): readonly PlacedFault[] {
    return this.#faults;
  }

  get hasAnchors(): boolean {
    return this.#anchors.size > 0;
  }

  /** @param offset where an absent node would stand */
  build(node: unknown, offset: number): Source {
    if (isAlias(node)) return this.#resolve(node);
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, "open");
    const source = this.#buildHere(node, offset);
    if (anchor !== undefined) this.#anchors.set(anchor, source);
    return source;
  }

  #buildHere(node: unknown, offset: number): Source {
    if (isMap(node)) return this.#buildMap(node);
    if (isSeq(node)) {
      const start = startOf(node, offset);
      const items = node.items.map((item, index) => this.#within(index, isPair(item) ? null : item, start));
      return { kind: "list", items, offset: start, faults: tagFaults(node, start), ...measure(items) };
    }
    if (!isScalar(node)) return scalar(null, offset, []);
    const start = startOf(node, offset);
    const faults = [...tagFaults(node, start), ...scalarFaults(node, start)];
    return scalar(scalarValue(node), start, faults);
  }

  #buildMap(node: YAMLMap): Source {
    const offset = startOf(node, 0);
    const faults: Fault[] = tagFaults(node, offset);
    const own = new Map<string, MapEntry>();
    const merged = new Map<string, MapEntry>();
    for (const { key: keyNode, value } of node.items) {
      const keyOffset = startOf(keyNode, offset);
      if (isScalar(keyNode) && keyNode.type === Scalar.PLAIN && keyNode.source === "<<") {
        this.#merge(this.#within("<<", value, keyOffset), merged);
        continue;
      }
      const key = this.build(keyNode, offset);
      const name = key.kind === "scalar" && typeof key.value === "string" ? key.value : undefined;
      const source = this.#within(name ?? describeFound(key.kind === "scalar" ? key.value : {}), value, keyOffset);
      if (name === undefined) {
        faults.push(keyNotText(key, keyOffset));
      } else if (RESERVED_KEYS.has(name)) {
        faults.push(keyReserved(name, keyOffset));
      } else if (own.has(name)) {
        this.#report(keyRepeated(name, keyOffset, own.get(name)!.keyOffset), name);
      } else {
        own.set(name, { keyOffset, source });
      }
    }
    const entries = new Map([...merged, ...own]);
    return { kind: "map", entries, offset, faults, ...measure(Array.from(entries.values(), ({ source }) => source)) };
  }

  /** Adds the entries of `<<: {…}` or `<<: [{…}, {…}]`; what is there already stays. */
  #merge(source: Source, merged: Map<string, MapEntry>): void {
    for (const mapping of source.kind === "list" ? source.items : [source]) {
      if (mapping.kind === "map") {
        for (const [key, entry] of mapping.entries) if (!merged.has(key)) merged.set(key, entry);
      } else {
        const message = `the merge key \`<<\` has ${describeFound(shallowValue(mapping))}; it needs a mapping or a list of mappings`;
        const remedy = "Write an alias of a mapping after `<<:`, such as `<<: *defaults`.";
        this.#report({ code: "LIGAND_CONFIG_TYPE", message, remedy, offset: mapping.offset }, "<<");
      }
    }
  }

  #resolve(alias: Alias): Source {
    const offset = startOf(alias, 0);
    const target = this.#anchors.get(alias.source);
    const fault = this.#aliasFault(alias.source, target);
    if (fault === undefined) return target as Source;
    this.#report({ code: "LIGAND_CONFIG_ALIASES", ...fault, offset });
    return scalar(null, offset, []);
  }

  #aliasFault(name: string, target: Source | "open" | undefined): { message: string; remedy: string } | undefined {
    if (target === undefined) {
      return {
        message: `the alias \`*${name}\` refers to nothing: there is no anchor \`&${name}\` before it`,
        remedy: `Put the value in quotes if it starts with \`*\`, or put \`&${name}\` before the value you mean.`,
      };
    }
    if (target === "open") {
      return { message: `the alias \`*${name}\` is inside its own anchor`, remedy: "Write the value out." };
    }
    const before = this.#aliased;
    this.#aliased += target.size;
    if (this.#aliased > MAX_ALIASED) {
      this.#aliased = before;
      return {
        message: `the alias \`*${name}\` brings the values that aliases stand for above ${MAX_ALIASED}`,
        remedy: "Use fewer aliases of large values.",
      };
    }
    if (target.depth + this.#path.length > MAX_DEPTH) {
      return {
        message: `the alias \`*${name}\` nests values more than ${MAX_DEPTH} levels deep`,
        remedy: "Use fewer aliases inside aliased values.",
      };
    }
    return undefined;
  }

  #report(fault: Fault, ...inside: ConfigPath): void {
    this.#faults.push({ fault, path: [...this.#path, ...inside] });
  }

  #within(segment: string | number, node: unknown, offset: number): Source {
    this.#path.push(segment);
    const source = this.build(node, offset);
    this.#path.pop();
    return source;
  }
}

function scalar(value: ScalarSource["value"], offset: number, faults: readonly Fault[]): Source {
  return { kind: "scalar", value, offset, faults, size: 1, depth: 1 };
}

function scalarValue({ value, source }: Scalar): ScalarSource["value"] {
  if (value === null || value === undefined) return null;
  return typeof value === "object" || typeof value === "symbol" ? (source ?? "") : (value as ScalarSource["value"]);
}

function measure(children: readonly Source[]): { size: number; depth: number } {
  let size = 1;
  let depth = 0;
  for (const child of children) {
    size += child.size;
    depth = Math.max(depth, child.depth);
  }
  return { size, depth: depth + 1 };
}

function startOf(node: unknown, otherwise: number): number {
  return (node as Node | null)?.range?.[0] ?? otherwise;
}

function tagFaults(node: Node, offset: number): Fault[] {
  if (node.tag === undefined || KNOWN_TAGS.test(node.tag)) return [];
  // An empty value begins behind its tag.
  const isEmpty = isScalar(node) && node.source === "";
  return [
    {
      code: "LIGAND_CONFIG_SYNTAX",
      message: `the tag \`${node.tag}\` has no meaning here`,
      remedy: isEmpty
        ? "Put the value in quotes: without them `!` starts a tag."
        : "Write the value itself; nothing is included or computed.",
      offset: isEmpty ? Math.max(0, offset - node.tag.length) : offset,
    },
  ];
}

function keyNotText(key: Source, offset: number): Fault {
  return {
    code: "LIGAND_CONFIG_TYPE",
    message: `a key must be a string, but it's ${butFound(shallowValue(key))}`,
    remedy:
      key.kind === "scalar"
        ? `Put the key in quotes: \`"${key.value}":\`.`
        : key.kind === "map"
          ? "If this is a placeholder such as `{{ name }}`, fill it in; otherwise put the value in quotes."
          : "Write a string as the key.",
    offset,
  };
}

function keyReserved(name: string, offset: number): Fault {
  return {
    code: "LIGAND_CONFIG_UNKNOWN_KEY",
    message: `\`${name}\` isn't accepted as a key anywhere in \`modules\``,
    remedy: "Remove the key.",
    offset,
  };
}

function keyRepeated(name: string, offset: number, firstOffset: number): Fault {
  return {
    code: "LIGAND_CONFIG_DUPLICATE_KEY",
    message: `duplicate key \`${name}\``,
    remedy: "Remove one of the two.",
    offset,
    firstOffset,
  };
}
