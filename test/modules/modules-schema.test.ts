import { Expose, Transform, Type } from "class-transformer";
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsEnum,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from "class-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import fc from "fast-check";
import type { Newable } from "inversify";
import { configClass } from "#src/config/config-class/config-class.js";
import { SharedSchemas, type JsonSchema } from "#src/config/json-schema.js";
import { KEY_MEANINGS } from "#src/config/module-entry.js";
import { modulesSchema } from "#src/modules/modules-schema.js";
import { Module } from "#src/modules/module.js";

enum Level {
  Low = 1,
  High,
}

class Limit {
  @Min(1)
  @IsInt()
  per_second!: number;

  @IsOptional()
  @ValidateNested()
  @Type(() => Limit)
  then?: Limit;
}

class FilterConfig {
  @Max(10) @Min(1) @IsInt() retries = 3;
  @IsNumber() factor!: number;
  @IsString({ each: true }) evil_users: string[] = [];
  @IsOptional() @IsIn(["deny", "allow"]) action?: string;
  @IsEnum(Level) level = Level.Low;
  @Matches(/^!/) @Length(2, 255) @IsNotEmpty() room!: string;
  @IsOptional() @IsBoolean() strict?: boolean = false;
  @ValidateNested() @Type(() => Limit) limit!: Limit;
  @ArrayMaxSize(3) @IsArray() @ValidateNested({ each: true }) @Type(() => Limit) limits: Limit[] = [];
  @Expose({ name: "max-size" }) @IsInt() maxSize = 5;
  @Transform(({ value }) => new URL(value as string)) @IsOptional() url?: URL;
  note = "n";
}

/** Rules that JSON Schema can say in full. */
class Common {
  @Max(10) @Min(1) @IsInt() retries = 3;
  @IsString({ each: true }) evil_users: string[] = [];
  @IsOptional() @IsIn(["deny", "allow"]) action?: string;
  @IsEnum(Level) level = Level.Low;
  @Matches(/^!/) @Length(2, 5) @IsString() room = "!a";
  @IsOptional() @ValidateNested() @Type(() => Limit) limit?: Limit;
  @ArrayMaxSize(3) @IsArray() @ValidateNested({ each: true }) @Type(() => Limit) limits: Limit[] = [];
  @IsBoolean() strict = false;
}

const limitSchema = {
  type: "object",
  properties: {
    per_second: { type: "integer", minimum: 1 },
    then: { anyOf: [{ $ref: "#/$defs/Limit" }, { type: "null" }] },
  },
  required: ["per_second"],
  additionalProperties: false,
};

/** The schema of a config class, with those that it refers to. */
async function configSchema(Class: Newable<object>): Promise<JsonSchema> {
  const shared = new SharedSchemas();
  return { ...(await configClass(Class).jsonSchema(shared)), ...shared.written() };
}

describe("the JSON Schema of a config", () => {
  it("the JSON Schema of a config says the rules, nested classes, defaults and required keys of the config class", async () => {
    const filterSchema = {
      type: "object",
      properties: {
        retries: { type: "integer", minimum: 1, maximum: 10, default: 3 },
        factor: { type: "number" },
        evil_users: { type: "array", items: { type: "string" }, default: [] },
        action: { type: ["string", "null"], enum: ["deny", "allow", null] },
        level: { enum: [1, 2], default: 1 },
        room: { type: "string", minLength: 2, maxLength: 255, pattern: "^!" },
        strict: { type: ["boolean", "null"], default: false },
        limit: { $ref: "#/$defs/Limit" },
        limits: { type: "array", maxItems: 3, items: { $ref: "#/$defs/Limit" }, default: [] },
        "max-size": { type: "integer", default: 5 },
        url: {},
        note: { default: "n" },
      },
      required: ["factor", "room", "limit"],
      additionalProperties: false,
    };
    expect(await configSchema(FilterConfig)).to.deep.equal({
      $ref: "#/$defs/FilterConfig",
      $defs: { FilterConfig: filterSchema, Limit: limitSchema },
    });
  });

  it("the JSON Schema of a config describes the section `modules:`, with the config of each module that is loaded", async () => {
    @Module({ config: Limit })
    class Limiter {}
    @Module()
    class Free {}
    const AnotherLimit = class Limit {
      b = 1;
    };
    @Module({ config: AnotherLimit })
    class Another {}
    const schema = await modulesSchema([
      { specifier: "./m.js#Limiter", class: Limiter },
      { specifier: "./m.js#Limiter", class: Limiter },
      { specifier: "./m.js#Free", class: Free },
      { specifier: "./m.js#Another", class: Another },
    ]);
    const { modules } = schema["properties"] as { modules: { items: Record<string, unknown> } };
    expect(modules.items["$ref"]).to.equal("#/$defs/ModuleEntryKeys");
    const { operate, ...described } = modules.items["properties"] as Record<string, { description: string }>;
    expect(operate!.description).to.equal(
      "What the module may do: its time, its process, whom it's asked about, and what its failures lead to.",
    );
    expect(described).to.deep.equal(
      Object.fromEntries(
        Object.entries(KEY_MEANINGS)
          .filter(([key]) => key !== "operate")
          .map(([key, { meaning }]) => [key, { description: `${meaning[0]!.toUpperCase()}${meaning.slice(1)}.` }]),
      ),
    );
    expect(modules.items["allOf"]).to.deep.equal([
      {
        if: { properties: { module: { const: "./m.js#Limiter" } }, required: ["module"] },
        then: { properties: { config: { $ref: "#/$defs/Limit" } }, required: ["config"] },
      },
      {
        if: { properties: { module: { const: "./m.js#Free" } }, required: ["module"] },
        then: { properties: { config: { type: "object" } } },
      },
      {
        if: { properties: { module: { const: "./m.js#Another" } }, required: ["module"] },
        then: { properties: { config: { $ref: "#/$defs/Limit-2" } } },
      },
    ]);
    const {
      OperateKeys: _,
      HookKeys,
      MatcherKeys,
      BreakerKeys,
      ShadowKeys,
      PermissionsKeys,
      ProcessKeys,
      ...defs
    } = schema["$defs"] as Record<string, unknown>;
    expect(defs).to.deep.equal({
      ModuleEntryKeys: {
        type: "object",
        properties: {
          module: { type: "string", minLength: 1 },
          id: { type: ["string", "null"], minLength: 1 },
          enabled: { type: ["boolean", "null"], default: true },
          config: { default: {} },
          operate: {},
        },
        required: ["module"],
        additionalProperties: false,
      },
      Limit: limitSchema,
      "Limit-2": { type: "object", properties: { b: { default: 1 } }, additionalProperties: false },
    });
  });

  it("the JSON Schema of a config accepts what validation accepts, and refuses what it refuses", async () => {
    const accepts = new Ajv2020({ allowUnionTypes: true }).compile(await configSchema(Common));
    const any = fc.constantFrom<unknown>(null, 0, 1, 2.5, 11, "", "deny", "!room", true, [], {}, ["x"], [1]);
    const limit = fc.record({ per_second: fc.oneof(fc.integer(), any) }, { requiredKeys: [] });
    const raw = fc.record(
      {
        retries: fc.oneof(fc.integer({ min: 1, max: 10 }), any),
        evil_users: fc.oneof(fc.array(fc.string()), any),
        action: fc.oneof(fc.constantFrom("deny", "allow"), any),
        level: fc.oneof(fc.constantFrom(1, 2), any),
        room: fc.oneof(fc.constantFrom("!a", "!room"), any),
        limit: fc.oneof(limit, any),
        limits: fc.oneof(fc.array(limit, { maxLength: 4 }), any),
        strict: fc.oneof(fc.boolean(), any),
        unknown: any,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(raw, async (config) => {
        const { problems } = await configClass(Common).check(config, () => undefined, "config");
        expect(accepts(config), JSON.stringify([problems, accepts.errors])).to.equal(problems.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  it("the JSON Schema of a config of a mapping with free keys says what each value must be", async () => {
    class Peers {
      @ValidateNested({ each: true }) @Type(() => Limit) peers = new Map<string, Limit>();
      @IsString({ each: true }) names = new Map<string, string>();
    }
    const accepts = new Ajv2020({ allowUnionTypes: true }).compile(await configSchema(Peers));
    const verdicts = [
      { peers: { a: { per_second: 1 } }, names: { a: "x" } },
      { peers: { a: { per_second: 0 } } },
      { peers: [] },
      { names: { a: 1 } },
    ].map((config) => accepts(config));
    expect(verdicts).to.deep.equal([true, false, false, false]);
  });

  it("the JSON Schema of a config of the section `modules:` is a schema that validators take", async () => {
    @Module({ config: Limit })
    class Limiter {}
    const specifier = "./m.js#Limiter";
    const accepts = new Ajv2020({ allowUnionTypes: true }).compile(
      await modulesSchema([{ specifier, class: Limiter }]),
    );
    const verdicts = [
      {
        server_name: "x",
        modules: [
          { module: "./m.js#Limiter", config: { per_second: 1 } },
          { module: "y", id: "z" },
        ],
      },
      { modules: null },
      {},
      { modules: [{ module: "./m.js#Limiter" }] },
      { modules: [{ module: "./m.js#Limiter", config: { per_second: 0 } }] },
      { modules: [{ modul: "y" }] },
      { modules: ["y"] },
    ].map((file) => accepts(file));
    expect(verdicts).to.deep.equal([true, true, true, false, false, false, false]);
  });
});
