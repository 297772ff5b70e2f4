import { closest } from "../../errors/did-you-mean.js";
import type { ItemRule, OwnRule } from "../config-class/own-rule.js";

/** One of several words. `instead` says what to write for values that are meant as one of them. */
export function oneOf(
  name: string,
  words: readonly string[],
  instead: (value: unknown) => string | undefined,
): OwnRule {
  return {
    name,
    must: `must be ${listed(words)}`,
    accepts: (value) => words.includes(value as string),
    remedyFor: (value) => instead(value) ?? didYouMean(value, words),
    schema: { enum: words },
  };
}

/** The words of a list, the last after `or`. */
export function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return [quoted.slice(0, -1).join(", "), quoted.at(-1)].filter(Boolean).join(" or ");
}

/** A suggestion for a word that is misspelt. */
export function didYouMean(value: unknown, words: readonly string[]): string | undefined {
  const meant = typeof value === "string" ? closest(value, words) : undefined;
  return meant === undefined ? undefined : `Did you mean \`${meant}\`?`;
}

/** A list of strings. */
export function listOf(name: string, what: string, item: ItemRule): OwnRule {
  const items = stringsThat(item);
  return {
    name,
    must: `must be a list of ${what}`,
    accepts: (value) => Array.isArray(value) && value.every(items.accepts),
    items,
    remedyFor: () => "Write a list: one item per line, after `- `, or `[a, b]`.",
    schema: { type: "array", items: item.schema ?? { type: "string" } },
  };
}

/** One string, or a list that isn't empty. */
export function oneOrMore(name: string, item: ItemRule): OwnRule {
  const items = stringsThat(item);
  const schema = item.schema ?? { type: "string" };
  return {
    name,
    must: `${item.must}, or a list of them`,
    accepts: (value) => (Array.isArray(value) ? value.length > 0 && value.every(items.accepts) : items.accepts(value)),
    items,
    remedyFor: (value) =>
      Array.isArray(value)
        ? "List at least one, or leave the key out: nothing matches an empty list."
        : item.remedyFor?.(value),
    schema: { anyOf: [schema, { type: "array", minItems: 1, items: schema }] },
  };
}

function stringsThat(item: ItemRule): ItemRule {
  return { ...item, accepts: (value: unknown) => typeof value === "string" && value !== "" && item.accepts(value) };
}
