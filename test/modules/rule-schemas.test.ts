import { Type } from "class-transformer";
import {
  Contains,
  IsAlpha,
  IsAlphanumeric,
  IsBooleanString,
  IsDate,
  IsDateString,
  IsHexadecimal,
  IsHexColor,
  IsIP,
  IsISO8601,
  IsNumberString,
  IsSurrogatePair,
  Matches,
  MaxDate,
  NotContains,
} from "class-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { configClass } from "#src/config/config-class/config-class.js";
import { SharedSchemas } from "#src/config/json-schema.js";

/** Formats that editors check. */
const FORMATS = { ipv4: /^\d+(\.\d+){3}$/, ipv6: /:/, date: /^\d{4}-\d\d-\d\d$/, "date-time": /^\d{4}-\d\d-\d\dT.+Z$/ };

const DATE = [Type(() => Date), IsDate()];
const GERMAN = IsAlpha("de-DE");

/** Values that a rule accepts, and one that both the rule and its schema refuse. */
const RULES: readonly [name: string, rules: PropertyDecorator[], accepted: unknown[], refused: unknown][] = [
  ["@IsDateString()", [IsDateString()], ["2026-11-29", "2026-11-29T10:00:00Z", "2026-11-29T10:00:00.000+01:00"], 5],
  ["@IsISO8601()", [IsISO8601()], ["2026-11-29", "2026-11", "2026-W48-7", "2026-11-29T10:00"], 5],
  ["@IsDate() of a string", DATE, ["2026-11-29", "2026-11-29T10:00:00Z", "29 Nov 2026", 0], {}],
  ["@MaxDate()", [Type(() => Date), MaxDate(new Date("2030-01-01"))], ["29 Nov 2026"], {}],
  ["@IsIP()", [IsIP()], ["127.0.0.1", "::1"], 5],
  ["@IsIP(4)", [IsIP(4)], ["127.0.0.1"], "::1"],
  ["@IsIP(6)", [IsIP(6)], ["::1"], "127.0.0.1"],
  ['@IsIP("6")', [IsIP("6")], ["::1"], "127.0.0.1"],
  ["@IsNumberString()", [IsNumberString()], ["5", "-1.5", "+.5"], 5],
  ["@IsBooleanString()", [IsBooleanString()], ["true", "false", "1", "0"], "yes"],
  ["@IsHexColor()", [IsHexColor()], ["#fff", "fffa", "#ffffff", "#FFFFFF80"], "#ff"],
  ["@IsHexadecimal()", [IsHexadecimal()], ["ff", "0xFF"], "xyz"],
  ["@IsAlpha()", [IsAlpha()], ["abc"], "ä"],
  ['@IsAlpha("de-DE")', [GERMAN], ["grün"], 5],
  ['@IsAlphanumeric("de-DE")', [IsAlphanumeric("de-DE")], ["grün5"], 5],
  ["@Contains() of signs", [Contains("(.")], ["a(.b"], "a(b"],
  ["@NotContains() of signs", [NotContains("a.b")], ["axb"], "a.b"],
  ["@Matches()", [Matches(/^!/)], ["!room"], "room"],
  ["@Matches() whatever the case", [Matches(/^yes$/i)], ["YES"], 5],
  ["@IsSurrogatePair()", [IsSurrogatePair()], ["😀"], 5],
];

describe("the JSON Schema of a rule of a config", () => {
  for (const [name, rules, accepted, refused] of RULES) {
    it(`accepts every value that ${name} accepts`, async () => {
      class Config {
        key: unknown;
      }
      for (const rule of rules) rule(Config.prototype, "key");
      const shared = new SharedSchemas();
      const schema = { ...(await configClass(Config).jsonSchema(shared)), ...shared.written() };
      const accepts = new Ajv2020({ allowUnionTypes: true, formats: FORMATS }).compile(schema);
      for (const key of [...accepted, refused]) {
        const { problems } = await configClass(Config).check({ key }, () => undefined, "config");
        expect([key, problems.length === 0, accepts({ key })]).to.deep.equal([key, key !== refused, key !== refused]);
      }
    });
  }
});
