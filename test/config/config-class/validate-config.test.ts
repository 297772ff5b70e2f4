import { Expose, Transform, Type } from "class-transformer";
import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsDate,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxDate,
  Min,
  MinDate,
  registerDecorator,
  ValidateNested,
} from "class-validator";
import { expect } from "chai";
import fc from "fast-check";
import type { Newable } from "inversify";
import type { ConfigPath, Locate } from "#src/config/config-path.js";
import { rejectConfig } from "#src/config/reject-config.js";
import { validateConfig } from "#src/config/config-class/validate-config.js";
import { formatProblem } from "#src/errors/problem.js";

/** Says of a place only what was asked for: `key a.b`, as the name of the file. */
const locate: Locate = (path, what) => ({ file: [what, ...path].join(" "), line: 1, column: 1 });

async function valid<T extends object>(Class: Newable<T>, raw: object): Promise<T> {
  const { value, problems } = await validateConfig(Class, raw, locate, "config");
  expect(problems.map(formatProblem)).to.deep.equal([]);
  return value!;
}

async function problemsOf(Class: Newable<object>, raw: object): Promise<string[]> {
  const { problems } = await validateConfig(Class, raw, locate, "modules[1].config");
  return problems.map(formatProblem);
}

class Rule {
  @Matches(/^!/, { message: "must begin with `!`" })
  @IsString()
  pattern!: string;

  @IsOptional()
  @IsIn(["deny", "allow"])
  action = "deny";

  @IsOptional()
  @ValidateNested()
  @Type(() => Rule)
  otherwise?: Rule;
}

class FilterConfig {
  @IsString({ each: true })
  evil_users: string[] = [];

  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => Rule)
  rules!: Rule[];

  @Max(10)
  @Min(1)
  @IsInt()
  retries = 3;

  @IsOptional()
  @IsBoolean()
  strict?: boolean;

  /** Known by its default alone. */
  note = "";
}

describe("validating a config", () => {
  it("validateConfig returns an instance of the class, nested classes included, defaults kept", async () => {
    const config = await valid(FilterConfig, { rules: [{ pattern: "!a", otherwise: { pattern: "!b" } }], note: "x" });
    expect(config).to.be.instanceOf(FilterConfig);
    expect(config.rules[0]).to.be.instanceOf(Rule);
    expect(config.rules[0]!.otherwise).to.be.instanceOf(Rule);
    expect(config).to.deep.include({ evil_users: [], retries: 3, note: "x" });
    expect(config.rules[0]!.action).to.equal("deny");
  });

  it("validateConfig shows no password of a URL that has the wrong form, however long it is", async () => {
    class Database {
      @IsIn(["none"]) database = "none";
    }
    const password = "hunter2".repeat(20);
    const [problem] = await problemsOf(Database, { database: `postgres://bot:${password}@host/x` });
    expect(problem).to.contain(`it's the string "postgres://bot:[redacted]@host/x"`).and.not.to.contain("hunter2");
  });

  it("validateConfig reports all problems, each at its place and with its path", async () => {
    const raw = {
      evil_user: ["@eve:x"],
      evil_users: ["@a:x", 3, null, "@b:x"],
      rules: [{ pattern: 7, action: "denny" }, { patern: "!x" }, "text", { pattern: "a", otherwise: { pattern: "" } }],
      retries: "3",
      strict: "yes",
    };
    expect(await problemsOf(FilterConfig, raw)).to.deep.equal([
      "key evil_user:1:1 modules[1].config.evil_user: `evil_user` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Did you mean `evil_users`?",
      "key rules 1 patern:1:1 modules[1].config.rules[1].patern: `patern` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Did you mean `pattern`?",
      "value evil_users 1:1:1 modules[1].config.evil_users[1]: `evil_users[1]` must be a string, but it's the number 3 [LIGAND_CONFIG_TYPE]\n  Put the value in quotes.",
      "value evil_users 2:1:1 modules[1].config.evil_users[2]: `evil_users[2]` must be a string, but it's empty [LIGAND_CONFIG_TYPE]\n  Change the value.",
      "value rules 0 pattern:1:1 modules[1].config.rules[0].pattern: `pattern` must be a string, and must begin with `!`, but it's the number 7 [LIGAND_CONFIG_TYPE]\n  Put the value in quotes.",
      'value rules 0 action:1:1 modules[1].config.rules[0].action: `action` must be one of the following values: deny, allow, but it\'s the string "denny" [LIGAND_CONFIG_INVALID]\n  Did you mean `deny`?',
      "key rules 1 pattern:1:1 modules[1].config.rules[1].pattern: the key `pattern` is missing; it must be a string, and must begin with `!` [LIGAND_CONFIG_MISSING_KEY]\n  Add `pattern:` with a value.",
      'value rules 2:1:1 modules[1].config.rules[2]: `rules[2]` must be a mapping, but it\'s the string "text" [LIGAND_CONFIG_TYPE]\n  Write a mapping: its keys, one a line.',
      'value rules 3 pattern:1:1 modules[1].config.rules[3].pattern: `pattern` must begin with `!`, but it\'s the string "a" [LIGAND_CONFIG_INVALID]\n  Change the value.',
      "value rules 3 otherwise pattern:1:1 modules[1].config.rules[3].otherwise.pattern: `pattern` must begin with `!`, but it's an empty string [LIGAND_CONFIG_INVALID]\n  Change the value.",
      'value retries:1:1 modules[1].config.retries: `retries` must be an integer number, and must not be less than 1, and must not be greater than 10, but it\'s the string "3" [LIGAND_CONFIG_TYPE]\n  Remove the quotes.',
      'value strict:1:1 modules[1].config.strict: `strict` must be a boolean value, but it\'s the string "yes" [LIGAND_CONFIG_TYPE]\n  Write `true` or `false`, without quotes.',
    ]);
  });

  it("validateConfig says which date is wrong, and which ones aren't", async () => {
    class Season {
      @Type(() => Date) @IsDate() from!: Date;
      @Type(() => Date) @MinDate(new Date("2026-01-01")) @MaxDate(new Date("2030-01-01")) until!: Date;
    }
    const must = "`until` must not be";
    expect(await problemsOf(Season, { from: "soon", until: "2030-06-01" })).to.deep.equal([
      "value from:1:1 modules[1].config.from: `from` must be a date, such as 2026-11-29, but it's an invalid date [LIGAND_CONFIG_TYPE]\n  Change the value.",
      `value until:1:1 modules[1].config.until: ${must} after 2030-01-01T00:00:00.000Z, but it's the date 2030-06-01T00:00:00.000Z [LIGAND_CONFIG_INVALID]\n  Change the value.`,
    ]);
    expect(await problemsOf(Season, { from: "2026-06-01", until: 0 })).to.deep.equal([
      `value until:1:1 modules[1].config.until: ${must} before 2026-01-01T00:00:00.000Z, but it's the date 1970-01-01T00:00:00.000Z [LIGAND_CONFIG_INVALID]\n  Change the value.`,
    ]);
  });

  it("validateConfig points to a list that is wrong as a whole", async () => {
    expect(await problemsOf(FilterConfig, { rules: [], evil_users: "@eve:x" })).to.deep.equal([
      'value evil_users:1:1 modules[1].config.evil_users: `evil_users` must be a list, but it\'s the string "@eve:x" [LIGAND_CONFIG_TYPE]\n  Write a list: one item per line, after `- `.',
      "value rules:1:1 modules[1].config.rules: `rules` should not be empty, but it's an empty list [LIGAND_CONFIG_INVALID]\n  Change the value.",
    ]);
  });

  it("validateConfig requires a list if the class declares a list of nested mappings", async () => {
    expect(await problemsOf(FilterConfig, { rules: { pattern: "!a" } })).to.deep.equal([
      "value rules:1:1 modules[1].config.rules: `rules` must be a list, but it's a mapping [LIGAND_CONFIG_TYPE]\n  Write a list: one item per line, after `- `.",
    ]);
  });

  it("validateConfig requires nested mappings that are neither optional nor have a default", async () => {
    class Nests {
      @ValidateNested() @Type(() => Rule) one!: Rule;
      @ValidateNested({ each: true }) @Type(() => Rule) many!: Rule[];
      @IsOptional() @ValidateNested() @Type(() => Rule) optional?: Rule;
    }
    expect(await problemsOf(Nests, {})).to.deep.equal([
      "key one:1:1 modules[1].config.one: the key `one` is missing; it must be a mapping [LIGAND_CONFIG_MISSING_KEY]\n  Add `one:` with a mapping.",
      "key many:1:1 modules[1].config.many: the key `many` is missing; it must be a list [LIGAND_CONFIG_MISSING_KEY]\n  Add `many:` with a list.",
    ]);
  });

  it("validateConfig reports unknown keys and names the known ones", async () => {
    class Empty {}
    expect(await problemsOf(Empty, { a: 1 })).to.deep.equal([
      "key a:1:1 modules[1].config.a: `a` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Remove the key; no key is known.",
    ]);
    expect(await problemsOf(FilterConfig, { zzzzzzz: 1, rules: [{ pattern: "!" }] })).to.deep.equal([
      "key zzzzzzz:1:1 modules[1].config.zzzzzzz: `zzzzzzz` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Remove the key; the known keys are `evil_users`, `rules`, `retries`, `strict`, `note`.",
    ]);
  });

  it("validateConfig doesn't accept methods and members of every object as keys", async () => {
    class WithMethod {
      @IsOptional() name?: string;
      validate() {}
      greet() {}
    }
    const codes = await problemsOf(WithMethod, { toString: 1, validate: 2, greet: 3, hasOwnProperty: 4 });
    expect(codes.map((text) => text.split(":")[0])).to.deep.equal([
      "key toString",
      "key validate",
      "key greet",
      "key hasOwnProperty",
    ]);
  });

  it("validateConfig doesn't show what a secret is", async () => {
    class Secrets {
      @IsInt({ message: "must be a number, not $value" }) db_password!: number;
      @IsString({ each: true }) tokens!: string[];
      @IsInt() apiKey!: number;
      @IsInt() keyboard!: number;
      @Matches(/^x/) secret!: string;
    }
    const problems = await problemsOf(Secrets, {
      db_password: "hunter2",
      tokens: [1234567],
      apiKey: "hunter2",
      keyboard: "qwerty",
      secret: "hunter2",
    });
    expect(problems.map((text) => text.split(": ").slice(1).join(": ").split("\n")[0])).to.deep.equal([
      "`db_password` must be a number, not …, but it's a string (not shown) [LIGAND_CONFIG_TYPE]",
      "`tokens[0]` must be a string, but it's a number (not shown) [LIGAND_CONFIG_TYPE]",
      "`apiKey` must be an integer number, but it's a string (not shown) [LIGAND_CONFIG_TYPE]",
      `\`keyboard\` must be an integer number, but it's the string "qwerty" [LIGAND_CONFIG_TYPE]`,
      "`secret` must match the regular expression /^x/, but it's a string (not shown) [LIGAND_CONFIG_INVALID]",
    ]);
  });

  it("validateConfig truncates long strings", async () => {
    class Short {
      @IsInt() n!: number;
    }
    expect((await problemsOf(Short, { n: `${"x".repeat(500)}\n` }))[0]).to.include(
      `but it's the string "${"x".repeat(60)}…" [`,
    );
  });

  it("validateConfig waits for rules that take time", async () => {
    class Slow {
      @SlowlyEven({ each: true })
      numbers!: number[];
    }
    expect(await problemsOf(Slow, { numbers: [2, 3, 4, 5] })).to.deep.equal([
      "value numbers 1:1:1 modules[1].config.numbers[1]: `numbers[1]` must be even, but it's the number 3 [LIGAND_CONFIG_INVALID]\n  Change the value.",
      "value numbers 3:1:1 modules[1].config.numbers[3]: `numbers[3]` must be even, but it's the number 5 [LIGAND_CONFIG_INVALID]\n  Change the value.",
    ]);
  });

  it("validateConfig inherits the rules of the class that a config class extends", async () => {
    class Base {
      @IsString() name!: string;
    }
    class Derived extends Base {
      @IsInt() count!: number;
    }
    expect(await valid(Derived, { name: "a", count: 1 })).to.deep.equal(
      Object.assign(new Derived(), { name: "a", count: 1 }),
    );
    expect((await problemsOf(Derived, {})).map((text) => text.split(":")[0])).to.deep.equal(["key count", "key name"]);
  });

  it("validateConfig accepts a property under the name that `@Expose` sets", async () => {
    class Renamed {
      @Expose({ name: "max-size" })
      @IsInt()
      maxSize = 1;
    }
    expect((await valid(Renamed, { "max-size": 5 })).maxSize).to.equal(5);
    expect(await problemsOf(Renamed, { "max-size": "big", maxSiz: 3 })).to.deep.equal(
      [
        "key maxSiz:1:1 modules[1].config.maxSiz: `maxSiz` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Did you mean `max-size`?",
        'value max-size:1:1 modules[1].config["max-size"]: `max-size` must be an integer number, but it\'s the string "big" [LIGAND_CONFIG_TYPE]\n  Change the value, or leave `max-size` out; the default is 1.',
      ].map((text) => text.replace('["max-size"]', ".max-size")),
    );
  });

  it("validateConfig validates mappings of nested classes, made by `@Transform` or typed as a Map", async () => {
    class Maps {
      @ValidateNested()
      @Type(() => Rule)
      @Reflect.metadata("design:type", Map)
      other = new Map<string, Rule>();
    }
    Type(() => Rule)(Maps.prototype, "other");
    const good = await valid(Maps, { other: { x: { pattern: "!a" } } });
    expect(good.other.get("x")).to.be.instanceOf(Rule);
    expect(await problemsOf(Maps, { other: { x: { pattern: "!a", acton: 1 }, "y.z": { pattern: 1 } } })).to.deep.equal([
      "key other x acton:1:1 modules[1].config.other.x.acton: `acton` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Did you mean `action`?",
      'value other y.z pattern:1:1 modules[1].config.other["y.z"].pattern: `pattern` must be a string, and must begin with `!`, but it\'s the number 1 [LIGAND_CONFIG_TYPE]\n  Put the value in quotes.',
    ]);
  });

  it("validateConfig tells the author that a config class doesn't name a nested class", async () => {
    class Forgot {
      @ValidateNested({ each: true })
      rules: Rule[] = [];
    }
    expect(await problemsOf(Forgot, { rules: [{ pattern: 1 }] })).to.deep.equal([
      "value rules 0:1:1 modules[1].config.rules[0]: the config class `Forgot` doesn't say which class the mappings in `rules` are, so they can't be validated [LIGAND_CONFIG_INVALID]\n  The module's author puts `@Type(() => TheClass)` of class-transformer before `rules`. If it's already there, the module has its own copy of class-transformer: run `npm dedupe`, or leave it out of the bundle.",
    ]);
  });

  it("validateConfig accepts no list, not even an empty one, in place of a nested mapping", async () => {
    class Limit {
      @IsInt() per_second = 1;
    }
    class Limited {
      @ValidateNested() @Type(() => Limit) limit = new Limit();
      @IsArray() @ValidateNested() @Type(() => Limit) limits: Limit[] = [];
    }
    for (const list of [[], [{ per_second: 1 }]]) {
      const { length } = list;
      expect(await problemsOf(Limited, { limit: list, limits: list })).to.deep.equal([
        `value limit:1:1 modules[1].config.limit: \`limit\` must be a mapping, but it's ${length === 0 ? "an empty list" : "a list of 1"} [LIGAND_CONFIG_TYPE]\n  Write a mapping: its keys without dashes.`,
      ]);
    }
  });

  it("validateConfig leaves alone what `@Transform` made", async () => {
    class Limiter {
      readonly left: number;
      constructor({ rate }: { rate: number }) {
        this.left = rate;
      }
    }
    class Transformed {
      @Transform(({ value }) => new Limiter(value as { rate: number }))
      @IsOptional()
      limiter?: Limiter;

      @Transform(({ value }) => new URL(value as string))
      @IsOptional()
      url?: URL;
    }
    const { limiter, url } = await valid(Transformed, { limiter: { rate: 3 }, url: "https://x" });
    expect([limiter!.left, url!.href]).to.deep.equal([3, "https://x/"]);
  });

  it("validateConfig takes an instance of the class as it is", async () => {
    const config = Object.assign(new FilterConfig(), { rules: [Object.assign(new Rule(), { pattern: "!" })] });
    expect(await valid(FilterConfig, config)).to.equal(config);
  });

  it("validateConfig lets the class check rules that span keys", async () => {
    class Range {
      @IsInt() min!: number;
      @IsInt() max!: number;
      validate() {
        if (this.min > this.max) rejectConfig("`min` must not be above `max`", "min");
      }
    }
    await valid(Range, { min: 1, max: 2 });
    expect(await problemsOf(Range, { min: 3, max: 2 })).to.deep.equal([
      "value min:1:1 modules[1].config.min: `min` must not be above `max` [LIGAND_CONFIG_REJECTED]\n  Follow the module's own message.",
    ]);
    expect((await problemsOf(Range, { min: "3", max: 2 })).join()).not.to.include("REJECTED");
  });

  it("validateConfig lets nested classes check themselves, and reports what all of them reject", async () => {
    class Range {
      @IsInt() min!: number;
      @IsInt() max!: number;
      validate() {
        if (this.min > this.max) rejectConfig("`min` must not be above `max`", "min");
      }
    }
    class Ranges {
      @ValidateNested({ each: true }) @Type(() => Range) ranges: Range[] = [];
      async validate() {
        await Promise.resolve();
        if (this.ranges.length > 2) rejectConfig("at most two ranges", ["ranges"], { cause: new Error("too slow") });
      }
    }
    const ranges = [
      { min: 3, max: 2 },
      { min: 1, max: 2 },
      { min: 2, max: 1 },
    ];
    expect(await problemsOf(Ranges, { ranges })).to.deep.equal([
      "value ranges:1:1 modules[1].config.ranges: at most two ranges [LIGAND_CONFIG_REJECTED]\n  Follow the module's own message.\n  caused by: too slow",
      "value ranges 0 min:1:1 modules[1].config.ranges[0].min: `min` must not be above `max` [LIGAND_CONFIG_REJECTED]\n  Follow the module's own message.",
      "value ranges 2 min:1:1 modules[1].config.ranges[2].min: `min` must not be above `max` [LIGAND_CONFIG_REJECTED]\n  Follow the module's own message.",
    ]);
  });

  it("validateConfig shows an author's message that is a sentence as it is", async () => {
    class Sentences {
      @Matches(/^a/, { message: "Names begin with an a." })
      @IsString()
      name!: string;
    }
    expect((await problemsOf(Sentences, { name: "b" }))[0]).to.include(
      'found the string "b"; Names begin with an a. [',
    );
    expect((await problemsOf(Sentences, { name: 1 }))[0]).to.include(
      "`name` must be a string, but it's the number 1; Names begin with an a. [",
    );
  });

  it("validateConfig answers any structure without throwing", async () => {
    const any = fc.jsonValue({ maxDepth: 3 });
    const rule = fc.oneof(
      any,
      fc.dictionary(fc.constantFrom("pattern", "action", "otherwise", "toString", "then"), any),
    );
    const raw = fc.oneof(
      fc.dictionary(fc.string(), any),
      fc.record(
        { rules: fc.oneof(any, rule, fc.array(rule)), evil_users: any, retries: any, strict: any, note: any },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(raw, async (config) => {
        for (const text of await problemsOf(FilterConfig, config)) {
          expect(text)
            .to.match(/^(key|value)\b/)
            .and.not.match(/undefined|\[object|failed on this config/);
        }
      }),
    );
  });

  it("validateConfig reports that a property with only a setter can't be checked, not that its key is missing", async () => {
    class Setter {
      #given = "";
      @IsString() set word(word: string) {
        this.#given = word;
      }
      shout(): string {
        return this.#given.toUpperCase();
      }
    }
    expect(await problemsOf(Setter, { word: "x" })).to.deep.equal([
      "value word:1:1 modules[1].config.word: the config class `Setter` has only a setter for `word`, so its value can't be checked [LIGAND_CONFIG_INVALID]\n  The module's author adds a getter to `word`, or makes it a property.",
    ]);
  });

  describe("of a config that is known to be valid", () => {
    let asked = 0;
    /** A rule that counts how often it's asked. */
    function IsCounted(): PropertyDecorator {
      return ({ constructor: target }, propertyName) =>
        registerDecorator({
          target,
          propertyName: String(propertyName),
          validator: { validate: () => ++asked > 0 },
        });
    }
    class Counted {
      @IsCounted() limit = 1;
    }
    class Judging extends Counted {
      validate() {
        if (this.limit > 2) throw rejectConfig("is too high", "limit");
      }
    }
    const timesAsked = async (Class: Newable<object>, raw: object, known: unknown) => {
      asked = 0;
      const { problems } = await validateConfig(Class, raw, locate, "config", known);
      expect(problems).to.deep.equal([]);
      return asked;
    };

    it("validateConfig asks no rule about a config that comes to what it did before", async () => {
      const known = await valid(Counted, { limit: 2 });
      expect(await timesAsked(Counted, { limit: 2 }, known)).to.equal(0);
      expect((await validateConfig(Counted, { limit: 2 }, locate, "config", known)).value).to.deep.equal(known);
    });

    it("validateConfig asks the rules about a config that comes to something else, or has a `validate()`", async () => {
      const known = await valid(Counted, { limit: 2 });
      known.limit = 3;
      expect(await timesAsked(Counted, { limit: 2 }, known)).to.equal(1);
      expect(await timesAsked(Judging, { limit: 2 }, await valid(Judging, { limit: 2 }))).to.equal(1);
    });

    it("validateConfig asks the rules about an instance that a program passes, which may have changed it", async () => {
      const passed = await valid(Counted, { limit: 2 });
      expect(await timesAsked(Counted, passed, passed)).to.equal(1);
    });
  });

  describe("with free keys", () => {
    class Peer {
      @IsInt() @Min(1) limit!: number;
    }
    class Peers {
      @ValidateNested({ each: true }) @Type(() => Peer) peers = new Map<string, Peer>();
      @IsString({ each: true }) names = new Map<string, string>();
    }
    class Outer {
      @IsArray() @ValidateNested({ each: true }) @Type(() => Peers) groups: Peers[] = [];
    }

    it("validateConfig, with free keys, makes a Map whose values are instances of their class", async () => {
      const raw = { peers: { "a.example": { limit: 1 }, __proto: { limit: 2 } }, names: { a: "1" } };
      const { value } = await validateConfig(Peers, raw, locate, "config");
      expect(value!.peers).to.be.instanceOf(Map);
      expect([...value!.peers].map(([key, peer]) => [key, peer instanceof Peer, peer.limit])).to.deep.equal([
        ["a.example", true, 1],
        ["__proto", true, 2],
      ]);
      expect([...value!.names]).to.deep.equal([["a", "1"]]);
      expect((await validateConfig(Peers, {}, locate, "config")).value).to.deep.equal(new Peers());
    });

    it("validateConfig, with free keys, reports what is wrong at its key, at every depth", async () => {
      const wrong = { peers: { "a.example": { limit: 0 }, b: { limt: 1 }, c: 5 }, names: { x: 1, y: "2" } };
      expect(await problemsOf(Outer, { groups: [wrong, { peers: [], names: "a" }] })).to.deep.equal([
        "key groups 0 peers b limt:1:1 modules[1].config.groups[0].peers.b.limt: `limt` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Did you mean `limit`?",
        "value groups 1 peers:1:1 modules[1].config.groups[1].peers: `peers` must be a mapping, but it's an empty list [LIGAND_CONFIG_TYPE]\n  Write a mapping: its keys without dashes.",
        'value groups 1 names:1:1 modules[1].config.groups[1].names: `names` must be a mapping, but it\'s the string "a" [LIGAND_CONFIG_TYPE]\n  Write a mapping: its keys without dashes.',
        'value groups 0 peers a.example limit:1:1 modules[1].config.groups[0].peers["a.example"].limit: `limit` must not be less than 1, but it\'s the number 0 [LIGAND_CONFIG_INVALID]\n  Change the value.',
        "key groups 0 peers b limit:1:1 modules[1].config.groups[0].peers.b.limit: the key `limit` is missing; it must not be less than 1, and must be an integer number [LIGAND_CONFIG_MISSING_KEY]\n  Add `limit:` with a value.",
        "value groups 0 peers c:1:1 modules[1].config.groups[0].peers.c: `c` must be a mapping, but it's the number 5 [LIGAND_CONFIG_TYPE]\n  Write a mapping: its keys, one a line.",
        "value groups 0 names x:1:1 modules[1].config.groups[0].names.x: `x` must be a string, but it's the number 1 [LIGAND_CONFIG_TYPE]\n  Put the value in quotes.",
      ]);
    });
  });

  it("validateConfig reports what the class throws", async () => {
    class Failing {
      @Transform(({ value }) => JSON.parse(value as string) as unknown)
      @IsArray()
      json: unknown[] = [];
    }
    expect(await problemsOf(Failing, { json: "{" })).to.have.lengthOf(1);
    expect((await problemsOf(Failing, { json: "{" }))[0]).to.match(
      /^key:1:1 modules\[1\].config: the config class `Failing` failed on this config, at .+validate-config.test.ts:\d+:\d+ \[LIGAND_CONFIG_REJECTED\]\n {2}Follow the module's own message.\n {2}caused by: Expected property name/,
    );
  });

  it("validateConfig finds no place twice when keys look like paths", async () => {
    const path: ConfigPath = ["a.b", 0, "c"];
    class Odd {
      validate() {
        rejectConfig("no", path);
      }
    }
    expect((await problemsOf(Odd, {}))[0]).to.match(/^value a\.b 0 c:1:1 modules\[1\]\.config\["a\.b"\]\[0\]\.c: no/);
  });
});

/** A rule that needs a while to find out. */
function SlowlyEven(options: { each: boolean }): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: "slowlyEven",
      target: target.constructor,
      propertyName: property as string,
      async: true,
      options: { ...options, message: "must be even" },
      validator: {
        async validate(value: unknown) {
          await new Promise((resolve) => setImmediate(resolve));
          return typeof value === "number" && value % 2 === 0;
        },
      },
    });
}
