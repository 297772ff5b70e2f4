import { ValidationTypes, type ValidationError } from "class-validator";
import type { Newable } from "inversify";
import type { ErrorCode } from "../../errors/catalogue.js";
import { configKeys, defaultsOf } from "./config-keys.js";
import type { ConfigPath } from "../config-path.js";
import { closest } from "../../errors/did-you-mean.js";
import { escapeRegExp } from "../../errors/escape-reg-exp.js";
import { isSecret } from "../describe-found.js";
import type { ItemRule, RuleContext } from "./own-rule.js";
import { pathKeyOf, secretProperties } from "./secret.js";
import { checksOf, rulesOf, type PropertyRule } from "./validator-metadata.js";

/** A value that breaks rules of its config class. */
export interface BrokenRules {
  readonly code: ErrorCode;
  readonly path: ConfigPath;
  readonly value: unknown;
  /** What the rules require, such as `must be a string`. */
  readonly expected: readonly string[];
  /** The allowed value that was probably meant. */
  readonly meant?: string;
  /** What to write instead, where a rule knows it. */
  readonly remedy?: string;
  /** The key that may be used instead, with the path of a file that holds the value. */
  readonly pathKey?: string;
  /** The key that may be omitted, and its value then; absent if a value is required. */
  readonly absent?: { readonly key: string; readonly value: unknown };
}

/** Rules about the kind of a value rather than about its content. */
const TYPE_RULES = new Set(
  ["isString", "isNumber", "isInt", "isBoolean", "isArray", "isObject", "isDate", "isInstance"].concat(
    ValidationTypes.NESTED_VALIDATION,
  ),
);

/** What class-validator found in an instance, as values with their paths; for a list, the wrong items. */
export async function brokenRules(
  errors: readonly ValidationError[],
  owner: unknown,
  path: ConfigPath = [],
): Promise<BrokenRules[]> {
  const found: BrokenRules[] = [];
  for (const error of errors) {
    const here = [...path, segmentOf(error.property, owner)];
    if (error.constraints) found.push(...(await brokenHere(error, owner, here)));
    if (error.children?.length) found.push(...(await brokenRules(error.children, error.value, here)));
  }
  return found;
}

/** The key in the file for what class-validator calls a property: a name, or the place in a list. */
function segmentOf(property: string, owner: unknown): string | number {
  if (Array.isArray(owner) || owner instanceof Set) return Number(property);
  if (typeof owner !== "object" || owner === null || owner instanceof Map) return property;
  for (const [key, name] of configKeys(owner.constructor as Newable<object>)) if (name === property) return key;
  return property;
}

async function brokenHere(error: ValidationError, owner: unknown, path: ConfigPath): Promise<BrokenRules[]> {
  const whole: string[] = [];
  const items = new Map<string | number, string[]>();
  const codes = new Map<string | number, ErrorCode>();
  for (const [name, message] of Object.entries(error.constraints!)) {
    const item = ownContexts(error)[name]?.items;
    const expected = cleanMessage(name, message, error, path);
    const wrong = item ? wrongBy(item, error.value) : await wrongItems(name, error, owner);
    for (const index of wrong) items.set(index, [...(items.get(index) ?? []), item?.must ?? expected]);
    if (wrong.length === 0) whole.push(expected);
    if (TYPE_RULES.has(name))
      for (const place of wrong.length ? wrong : [WHOLE]) codes.set(place, "LIGAND_CONFIG_TYPE");
  }
  const broken = (place: string | number, at: ConfigPath, value: unknown, expected: string[]): BrokenRules => ({
    code: value === undefined ? "LIGAND_CONFIG_MISSING_KEY" : (codes.get(place) ?? "LIGAND_CONFIG_INVALID"),
    path: at,
    value,
    expected: [...new Set(expected)],
    ...(isSecretProperty(owner, error.property) && { pathKey: pathKeyOf(String(path.at(-1))) }),
    ...meantValue(value, error.property, owner),
    ...ownRemedy(error, value, place !== WHOLE),
    ...(place === WHOLE && whenAbsent(path.at(-1)!, error.property, owner)),
  });
  const values = new Map(entriesOf(error.value) ?? []);
  return [
    ...(whole.length ? [broken(WHOLE, path, error.value, whole)] : []),
    ...Array.from(items, ([index, expected]) => broken(index, [...path, index], values.get(index) ?? null, expected)),
  ];
}

/** What the rules that Ligand has for its own keys suggest. */
function ownRemedy(error: ValidationError, value: unknown, isItem: boolean): { remedy?: string } {
  const rules = Object.values(ownContexts(error)).map((rule) => (isItem ? (rule.items ?? {}) : rule));
  const remedy = rules.map(({ remedyFor }) => remedyFor?.(value)).find((known) => known !== undefined);
  return remedy === undefined ? {} : { remedy };
}

function wrongBy({ accepts }: ItemRule, list: unknown): number[] {
  return Array.isArray(list) ? list.flatMap((item: unknown, index) => (accepts(item) ? [] : [index])) : [];
}

function ownContexts({ contexts = {} }: ValidationError): Readonly<Record<string, RuleContext>> {
  return contexts;
}

/** Stands for the value itself among the places inside it. */
const WHOLE = "\0whole";

/** The contents of a list or of a mapping with free keys, by place; undefined for other values. */
function entriesOf(value: unknown): [string | number, unknown][] | undefined {
  if (Array.isArray(value)) return [...(value as unknown[]).entries()];
  return value instanceof Map ? Array.from(value as Map<string, unknown>) : undefined;
}

/** The places in a list that break a rule with `each: true`. class-validator only says that there are some. */
async function wrongItems(name: string, error: ValidationError, owner: unknown): Promise<(string | number)[]> {
  const entries = entriesOf(error.value);
  if (!entries || typeof owner !== "object" || owner === null) return [];
  const rules = rulesOf(owner.constructor as Newable<object>).get(error.property) ?? [];
  const wrong: (string | number)[] = [];
  for (const rule of rules.filter(({ each }) => each)) {
    for (const check of checksOf(rule).filter((check) => (check.name || rule.type) === name)) {
      for (const [index, item] of entries) {
        if (!(await check.instance.validate(item, argumentsOf(rule, owner, error.value)))) wrong.push(index);
      }
    }
  }
  return wrong;
}

/** The default of an omitted key: the initial value of its property, if it's plain, or nothing. */
function whenAbsent(key: string | number, property: string, owner: unknown): Pick<BrokenRules, "absent"> {
  if (typeof owner !== "object" || owner === null || isList(owner)) return {};
  const Class = owner.constructor as Newable<object>;
  const value = defaultsOf(Class)[property];
  const isPlain =
    ["string", "number", "boolean"].includes(typeof value) || (Array.isArray(value) && value.length === 0);
  if (isPlain) return { absent: { key: String(key), value: isSecret([String(key)]) ? undefined : value } };
  const isOptional = rulesOf(Class)
    .get(property)
    ?.some(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION);
  return isOptional && value === undefined ? { absent: { key: String(key), value } } : {};
}

function isSecretProperty(owner: unknown, property: string): boolean {
  if (typeof owner !== "object" || owner === null || isList(owner)) return false;
  return secretProperties(owner.constructor as Newable<object>).has(property);
}

function isList(value: object): boolean {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}

/** The string allowed by `@IsIn` or `@IsEnum` that is close to the actual one. */
function meantValue(value: unknown, property: string, owner: unknown): { meant?: string } {
  if (typeof value !== "string" || typeof owner !== "object" || owner === null) return {};
  const rules = rulesOf(owner.constructor as Newable<object>).get(property) ?? [];
  const allowed = rules.flatMap(({ name, constraints }) =>
    name === "isIn" || name === "isEnum" ? Object.values((constraints as [object])[0]) : [],
  );
  const meant = closest(
    value,
    allowed.filter((text) => typeof text === "string"),
  );
  return meant === undefined ? {} : { meant };
}

function argumentsOf(rule: PropertyRule, object: object, value: unknown) {
  const { propertyName: property, constraints } = rule;
  return { targetName: object.constructor.name, property, object, value, constraints: constraints as unknown[] };
}

/** A rule's message without the property's name, which the path already says, and without secrets. */
/** What class-validator says of a date that's out of its range. */
const DATE_LIMIT = /^(minimal|maximal) allowed date for .+ is (\w{3} \w{3} .+ GMT[+-]\d{4}) \(.+\)$/;

function cleanMessage(name: string, message: string, error: ValidationError, path: ConfigPath): string {
  if (name === ValidationTypes.NESTED_VALIDATION && message.includes("nested property")) return "must be a mapping";
  const property = escapeRegExp(error.property);
  const clean = message
    .replace(new RegExp(`^(each value in )?(nested property )?(the )?(property )?${property} `), "")
    .replace(/^each value in /, "")
    .replace(/^must match (.+) regular expression$/s, "must match the regular expression $1")
    .replace(/^must be a Date instance$/, "must be a date, such as 2026-11-29")
    .replace(DATE_LIMIT, (_, limit: string, date: string) => {
      return `must not be ${limit === "minimal" ? "before" : "after"} ${new Date(date).toISOString()}`;
    });
  const value = error.value as unknown;
  return isSecret(path) && typeof value === "string" && value !== "" ? clean.replaceAll(value, "…") : clean;
}
