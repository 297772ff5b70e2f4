import type { HookSettings, MatcherKey, MatcherSettings } from "./operate-settings.js";
import type { AnyHook } from "../../hooks/hook.js";
import { facetReader, lowerCase, type FacetReader, type FacetValue } from "./facets.js";
import { glob } from "./glob.js";

/** Whether a callback is called, by all that it would be called with. */
export type Matcher = (...args: Parameters<FacetReader>) => boolean;

/** The matcher of a callback's `only` and `except`; undefined where they name nothing that the hook is about. */
export function matcherOf(
  hook: AnyHook,
  { only = {}, except = {} }: Partial<Pick<HookSettings, "only" | "except">>,
): Matcher | undefined {
  // What isn't known matches `only` and not `except`: the module is asked. What there is none of matches neither.
  const required = conditions(hook, only, true);
  const excluded = conditions(hook, except, false);
  if (required.length + excluded.length === 0) return undefined;
  return (a0, a1, a2, a3, a4, a5) => {
    for (const holds of required) if (!holds(a0, a1, a2, a3, a4, a5)) return false;
    for (const holds of excluded) if (holds(a0, a1, a2, a3, a4, a5)) return false;
    return true;
  };
}

function conditions(hook: AnyHook, patterns: MatcherSettings, whereUnknown: boolean): Matcher[] {
  return (Object.entries(patterns) as [MatcherKey, readonly string[]][]).flatMap(([key, ofKey]) => {
    const read = facetReader(hook, key);
    if (!read) return [];
    const test = anyOf(key === "server" ? ofKey.map(lowerCase) : ofKey);
    const holds = (value: FacetValue) =>
      typeof value === "string" ? test(value) : value === undefined && whereUnknown;
    return [(a0, a1, a2, a3, a4, a5) => holds(read(a0, a1, a2, a3, a4, a5))];
  });
}

/** Patterns without `*` and `?` are looked up: there may be a thousand rooms. */
function anyOf(patterns: readonly string[]): (text: string) => boolean {
  const names = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const globs = patterns.filter((pattern) => !names.has(pattern)).map(glob);
  return (text) => names.has(text) || globs.some((matches) => matches(text));
}
