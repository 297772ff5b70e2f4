import { distance } from "fastest-levenshtein";

/** The candidate that the author of `name` most likely meant; `undefined` if none is close. */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = MOST_CHANGES + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance + 2) continue;
    const candidateDistance = distance(simplify(name), simplify(candidate));
    const most = mostChanges(Math.max(name.length, candidate.length));
    if (candidateDistance < bestDistance && candidateDistance <= most)
      [best, bestDistance] = [candidate, candidateDistance];
  }
  return best;
}

/** More characters than these are not mistyped. */
const MOST_CHANGES = 4;

/** How many characters of a name may be mistyped: two that are interchanged are two changes. */
function mostChanges(length: number): number {
  return length <= 3 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** A remedy for an unknown name, such as ``Did you mean `evil_users`?``; otherwise the known names. */
export function suggest(name: string, candidates: readonly string[], otherwise: string): string {
  const meant = closest(name, candidates);
  return meant === undefined ? otherwise : `Did you mean \`${meant}\`?`;
}

/** Names that differ only in case or in how words are joined count as equal. */
function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, "");
}
