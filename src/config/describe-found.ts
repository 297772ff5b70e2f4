import { isSecretKey, redactText } from "../errors/secrets.js";
import { describe } from "../errors/describe.js";
import { formatPath, type ConfigPath } from "./config-path.js";

const LONGEST_ECHO = 60;
/** How much of a string is scanned for secrets: far more than is shown of it. */
const LONGEST_READ = 2000;

const declared = new Set<string>();

/** Hides the values of a key: a config class says that they are secrets. */
export function declareSecretKey(key: string): void {
  declared.add(key);
}

/** Whether a value must not be shown because a key on its path says that it's a secret. */
export function isSecret(path: ConfigPath): boolean {
  return path.some((segment) => typeof segment === "string" && (declared.has(segment) || isSecretKey(segment)));
}

/** Says what a value must be and what it is: ``\`max_length\` must be an integer, but it's the string "5"``. */
export function contrast(rules: string, value: unknown, path: ConfigPath): string {
  const key = path.findLastIndex((segment) => typeof segment === "string");
  return `\`${formatPath("", path.slice(Math.max(key, 0))) || "config"}\` ${rules}, but it's ${butFound(value, path)}`;
}

/** A value after "but it's". */
export function butFound(value: unknown, path: ConfigPath = []): string {
  return value === undefined || value === null ? "empty" : describeFound(value, path);
}

/** What a value is, in words for a message: `the string "x"`, `the number 3`, `nothing`. Secrets aren't shown. */
export function describeFound(value: unknown, path: ConfigPath = []): string {
  try {
    return readFound(value, path);
  } catch {
    return describe(value);
  }
}

function readFound(value: unknown, path: ConfigPath): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  const secret = isSecret(path);
  switch (typeof value) {
    case "string":
      if (value === "") return "an empty string";
      return secret ? "a string (not shown)" : `the string ${quote(value)}`;
    case "number":
    case "bigint":
      return secret ? "a number (not shown)" : `the number ${value}`;
    case "boolean":
      return `the boolean ${value}`;
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    default:
      return value instanceof Date ? describeDate(value, secret) : describeObject(value as object);
  }
}

/** A string in quotes and on one line, without secrets, truncated if it's long. */
export function quote(text: string): string {
  // What is left of a secret that was cut has no form to know it by.
  const safe = redactText(text.slice(0, LONGEST_READ));
  return JSON.stringify(safe.length > LONGEST_ECHO ? `${safe.slice(0, LONGEST_ECHO)}…` : safe);
}

function describeDate(value: Date, secret: boolean): string {
  if (Number.isNaN(value.getTime())) return "an invalid date";
  return secret ? "a date (not shown)" : `the date ${value.toISOString()}`;
}

function describeObject(value: object): string {
  return value instanceof Map || Object.keys(value).length > 0 ? "a mapping" : "an empty mapping";
}
