import {
  CONTAINS,
  IS_ALPHA,
  IS_ALPHANUMERIC,
  IS_BOOLEAN_STRING,
  IS_DATE,
  IS_DATE_STRING,
  IS_HEX_COLOR,
  IS_HEXADECIMAL,
  IS_IP,
  IS_ISO8601,
  IS_NUMBER_STRING,
  IS_SURROGATE_PAIR,
  MATCHES,
  MAX_DATE,
  MIN_DATE,
  NOT_CONTAINS,
  ValidationTypes,
} from "class-validator";
import type { targetConstructorToSchema } from "class-validator-jsonschema";
import { escapeRegExp } from "../../errors/escape-reg-exp.js";
import type { RuleContext } from "./own-rule.js";

type Converters = NonNullable<NonNullable<Parameters<typeof targetConstructorToSchema>[1]>["additionalConverters"]>;

const STRING = { type: "string" } as const;
/** What class-transformer makes a date of. */
const DATE = { type: ["string", "number"] } as unknown as typeof STRING;

/**
 * The JSON Schemas of rules for which class-validator-jsonschema has none that fits.
 *
 * They say nothing about the type where their rule doesn't: which of two rules is converted last must not matter
 * (`@IsInt() @Min(1)`), nor whether an enumeration has text. They accept all that their rule accepts: an editor must not
 * underline what the homeserver starts with.
 */
export const RULE_SCHEMAS: Converters = {
  isEnum: ({ constraints }) => ({ enum: (constraints as [object])[0] ? enumValues((constraints as [object])[0]) : [] }),
  min: ({ constraints }) => ({ minimum: (constraints as [number])[0] }),
  max: ({ constraints }) => ({ maximum: (constraints as [number])[0] }),
  isPositive: { exclusiveMinimum: 0 },
  isNegative: { exclusiveMaximum: 0 },
  isDivisibleBy: ({ constraints }) => ({ multipleOf: (constraints as [number])[0] }),
  isNotEmpty: { minLength: 1 },
  isEmpty: {},
  isDefined: {},
  [CONTAINS]: ({ constraints }) => ({ ...STRING, pattern: escapeRegExp((constraints as [string])[0]) }),
  [NOT_CONTAINS]: ({ constraints }) => ({ ...STRING, not: { pattern: escapeRegExp((constraints as [string])[0]) } }),
  [MATCHES]: ({ constraints }) => matching(new RegExp(...(constraints as [string, string?]))),
  [IS_ALPHA]: ({ constraints }) => (isGiven(constraints) ? STRING : { ...STRING, pattern: "^[a-zA-Z]+$" }),
  [IS_ALPHANUMERIC]: ({ constraints }) => (isGiven(constraints) ? STRING : { ...STRING, pattern: "^[0-9a-zA-Z]+$" }),
  [IS_BOOLEAN_STRING]: { ...STRING, enum: ["true", "false", "1", "0"] },
  [IS_DATE]: DATE,
  [MIN_DATE]: DATE,
  [MAX_DATE]: DATE,
  [IS_DATE_STRING]: STRING,
  [IS_ISO8601]: STRING,
  [IS_NUMBER_STRING]: STRING,
  [IS_SURROGATE_PAIR]: STRING,
  [IS_HEX_COLOR]: { ...STRING, pattern: "^#?([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$" },
  [IS_HEXADECIMAL]: { ...STRING, pattern: "^(0[xXhH])?[0-9a-fA-F]+$" },
  [IS_IP]: ({ constraints }) => (isGiven(constraints) ? { ...STRING, format: `ipv${constraints[0]}` } : STRING),
  [ValidationTypes.CUSTOM_VALIDATION]: ({ context }) => (context as RuleContext | undefined)?.schema ?? {},
  // Written by `nestedSchema`, which also knows the class.
  [ValidationTypes.NESTED_VALIDATION]: {},
};

/** Whether a rule has its argument, such as a locale. */
function isGiven([first]: readonly unknown[]): boolean {
  return first !== undefined;
}

/** JSON Schema has no flags. */
function matching({ source, flags }: RegExp) {
  return /[ims]/.test(flags) ? STRING : { ...STRING, pattern: source };
}

/** The values of an enumeration; TypeScript adds the names of numeric ones as keys for their values. */
function enumValues(enumeration: object): unknown[] {
  return Object.entries(enumeration).flatMap(([key, value]) => (/^\d+$/.test(key) ? [] : [value]));
}
