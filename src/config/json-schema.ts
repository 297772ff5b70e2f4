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

  /** A schema with all that it refers to, which another process wrote. */
  adopted({ $defs = {}, ...schema }: JsonSchema): JsonSchema {
    const own = Object.entries($defs as Readonly<Record<string, JsonSchema>>);
    const references = new Map<string, string>();
    for (const [name] of own) {
      const free = this.#freeName(name);
      this.#schemas[free] = {};
      references.set(`#/$defs/${name}`, `#/$defs/${free}`);
    }
    const renamed = <Part>(part: Part): Part =>
      JSON.parse(JSON.stringify(part), (key, value: unknown) =>
        key === "$ref" && typeof value === "string" ? (references.get(value) ?? value) : value,
      ) as Part;
    for (const [name, shared] of own) {
      this.#schemas[references.get(`#/$defs/${name}`)!.slice("#/$defs/".length)] = renamed(shared);
    }
    return renamed(schema);
  }

  /** The schemas, as members of the schema that refers to them. */
  written(): JsonSchema {
    return Object.keys(this.#schemas).length > 0 ? { $defs: this.#schemas } : {};
  }

  #freeName(name: string): string {
    let free = name;
    for (let number = 2; free in this.#schemas; number++) free = `${name}-${number}`;
    return free;
  }
}
