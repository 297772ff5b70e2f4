/** A JSON Schema (draft 2020-12), or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Shared schemas, each written once, so that a type may contain itself. */
export class SharedSchemas {
  readonly #names = new Map<object, string>();
  readonly #schemas: Record<string, JsonSchema> = {};

  /** A reference to the schema of a type, which is made when it is first referred to. */
  reference(type: object, name: string, make: () => JsonSchema): JsonSchema {
    const known = this.#names.get(type);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const free = this.#freeName(name);
    this.#names.set(type, free);
    this.#schemas[free] = {};
    this.#schemas[free] = make();
    return { $ref: `#/$defs/${free}` };
  }

  /** The schemas, as members of the schema that refers to them. */
  written(): JsonSchema {
    return this.#names.size > 0 ? { $defs: this.#schemas } : {};
  }

  #freeName(name: string): string {
    let free = name;
    for (let number = 2; free in this.#schemas; number++) free = `${name}-${number}`;
    return free;
  }
}
