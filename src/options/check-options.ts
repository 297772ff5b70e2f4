import { closest } from "../errors/did-you-mean.js";
import { LigandError } from "../errors/ligand-error.js";

/**
 * A rule for an option: says what's wrong with a value, in sentences.
 *
 * @param name the option, as messages name it
 */
export type OptionRule = (value: unknown, name: string) => readonly string[];

/** A rule for each option of a type, optional ones included, so that the compiler reports an option without a rule. */
export type OptionRules<T> = { readonly [Name in keyof T]-?: OptionRule };

/**
 * Checks what a program passed. The compiler doesn't check JavaScript, or code that spreads objects: there, a misspelt
 * option would silently have no effect.
 *
 * @param where what is called, such as `startModules`
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` with everything that's wrong.
 */
export function checkOptions<T extends object>(where: string, options: T, rules: OptionRules<T>): void {
  const faults = members(rules)(options, "");
  if (faults.length > 0) throw new LigandError("LIGAND_ARGUMENT_INVALID", `${where}: ${faults.join("; ")}`);
}

/** Values that pass a test. */
export function being(expected: string, test: (value: unknown) => boolean): OptionRule {
  return (value, name) => (value === undefined || test(value) ? [] : [fault(value, name, expected)]);
}

/** One of several strings. */
export function oneOf(...texts: readonly string[]): OptionRule {
  return being(texts.map((name) => JSON.stringify(name)).join(" or "), (value) => texts.includes(value as string));
}

/** A required option. */
export function required(rule: OptionRule): OptionRule {
  return (value, name) => (value === undefined ? [`\`${name}\` is missing`] : rule(value, name));
}

/** A value that passes one of several rules; the last one says what's wrong. */
export function either(...rules: readonly [OptionRule, ...OptionRule[]]): OptionRule {
  return (value, name) =>
    rules.some((rule) => rule(value, name).length === 0) ? [] : (rules.at(-1) ?? rules[0])(value, name);
}

/** A list whose items all follow a rule. */
export function listOf(rule: OptionRule): OptionRule {
  return (value, name) => {
    if (value === undefined) return [];
    if (!Array.isArray(value)) return [fault(value, name, "a list")];
    return value.flatMap((item: unknown, index) => required(rule)(item, `${name}[${index}]`));
  };
}

/** Options within options; names without a rule are wrong. */
export function members<T extends object>(rules: OptionRules<T>): OptionRule {
  const known = Object.entries<OptionRule>(rules);
  const names = known.map(([name]) => name);
  return (value, name) => {
    if (value === undefined && name !== "") return [];
    const called = name === "" ? "the argument" : `\`${name}\``;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return [`${called} must be an object with ${list(names)}, but it's ${described(value)}`];
    }
    const options = value as Record<string, unknown>;
    const path = (member: string) => (name === "" ? member : `${name}.${member}`);
    const unknown = Object.keys(options).filter((member) => !names.includes(member));
    return [
      ...unknown.map((member) => {
        const meant = closest(member, names) ?? names.find((known) => known.startsWith(member));
        const instead = meant === undefined ? `expected ${list(names)}` : `did you mean \`${meant}\`?`;
        return `unknown option \`${path(member)}\`; ${instead}`;
      }),
      ...known.flatMap(([member, rule]) => rule(options[member], path(member))),
    ];
  };
}

export const anything: OptionRule = () => [];
export const text = being("a string", (value) => typeof value === "string");
/** An empty path means the working directory to some functions, and nothing to others. */
export const path = being("a path that isn't empty", (value) => typeof value === "string" && value !== "");
export const textOrNull = being("a string or null", (value) => typeof value === "string" || value === null);
export const flag = being("true or false", (value) => typeof value === "boolean");
export const callable = being("a function", (value) => typeof value === "function" && !isClass(value));
export const classOf = being("a class", (value) => typeof value === "function" && value.prototype !== undefined);
export const object = being("an object", (value) => typeof value === "object" && value !== null);
export const positive = being("a positive number", (value) => typeof value === "number" && value > 0);
export const notNegative = being("a number that isn't negative", (value) => typeof value === "number" && value >= 0);
export const logger = being("a winston logger, such as `createLogger()` returns", (value) => {
  const { child, log } = Object(value) as Record<string, unknown>;
  return typeof child === "function" && typeof log === "function";
});

/** The files of a configuration. */
export const configFiles = being("a path or a list of paths", (value) =>
  [value].flat().every((path) => typeof path === "string"),
);
/** Inversify container modules. */
export const serviceBindings = listOf(
  being("a result of `bindService`", (value) => typeof (value as { load?: unknown } | null)?.load === "function"),
);

/** Options whose types are those of their defaults; if a default is null, anything goes. */
export function likeDefaults<T extends object>(defaults: T): OptionRules<T> {
  const rules = Object.entries<unknown>(defaults as Record<string, unknown>).map(([name, example]) => [
    name,
    likeDefault(example),
  ]);
  return Object.fromEntries(rules) as OptionRules<T>;
}

function likeDefault(example: unknown): OptionRule {
  if (example === null) return anything;
  if (Array.isArray(example)) return listOf(anything);
  if (typeof example === "object") return members(likeDefaults(example));
  if (typeof example === "boolean") return flag;
  return typeof example === "number" ? notNegative : text;
}

/** Whether a function is a class: unlike an ordinary function's, its `prototype` isn't writable. */
export function isClass(value: unknown): value is abstract new () => unknown {
  return typeof value === "function" && Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}

function fault(value: unknown, name: string, expected: string): string {
  return `\`${name}\` must be ${expected}, but it's ${described(value)}`;
}

/** Strings aren't shown: an option may be a secret. */
function described(value: unknown): string {
  if (typeof value === "string") return value === "" ? "an empty string" : "a string";
  if (isClass(value)) return `the class ${value.name}`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object" || value === null) return String(value);
  const { name = "Object" } = (value.constructor ?? Object) as { name?: string };
  return name === "Object" ? "an object" : `an instance of ${name}`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
