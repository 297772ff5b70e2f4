/** Replaces a secret in a log. */
export const REDACTED = "[redacted]";

/** Secrets shorter than this (in characters) are ignored: they would blot out ordinary words. */
const SHORTEST_SECRET = 4;

/**
 * Replaces every occurrence of the secrets in a string, even if the string quotes them as JSON or as part of a URL.
 * Overlapping occurrences become one replacement, so no part of a secret is left between them.
 *
 * @param secrets passwords, tokens and the like; those of fewer than four characters are ignored.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let result = "";
  let end = 0;
  for (const [from, to] of mergedRanges(text, secrets)) {
    result += text.slice(end, from) + REDACTED;
    end = to;
  }
  return result + text.slice(end);
}

type Range = readonly [from: number, to: number];

function mergedRanges(text: string, secrets: readonly string[]): Range[] {
  const ranges = secrets
    .flatMap(formsOf)
    .flatMap((form) => occurrences(text, form))
    .sort(([a], [b]) => a - b);
  const merged: Range[] = [];
  for (const [from, to] of ranges) {
    const last = merged.at(-1);
    if (last && from < last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
    else merged.push([from, to]);
  }
  return merged;
}

/** A secret as it stands in plain strings, in JSON and in URLs; nothing for one that is too short to be looked for. */
export function formsOf(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  // encodeURIComponent throws at half a surrogate pair.
  const wellFormed = secret.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(wellFormed)])];
}

function occurrences(text: string, form: string): Range[] {
  const found: Range[] = [];
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) found.push([at, at + form.length]);
  return found;
}
