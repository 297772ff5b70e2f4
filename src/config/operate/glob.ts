const ANY = 0x2a;
const ONE = 0x3f;

/**
 * A test of whole strings by a pattern, in which `*` stands for any characters, none included, and `?` for one. A character is a
 * code point. It walks both by two pointers, because a regular expression made of a pattern may take forever.
 */
export function glob(pattern: string): (text: string) => boolean {
  const wanted = Array.from(pattern, codePoint);
  if (!wanted.includes(ANY) && !wanted.includes(ONE)) return (text) => text === pattern;
  return (text) => matches(wanted, Array.from(text, codePoint));
}

function matches(wanted: readonly number[], text: readonly number[]): boolean {
  let [place, at] = [0, 0];
  // Where the last `*` is, and how far it reaches.
  let [star, reached] = [-1, 0];
  while (at < text.length) {
    if (wanted[place] === ANY) {
      star = place++;
      reached = at;
    } else if (wanted[place] === ONE || wanted[place] === text[at]) {
      place++;
      at++;
    } else if (star >= 0) {
      // It takes one character more, and what follows it is tried again.
      place = star + 1;
      at = ++reached;
    } else return false;
  }
  while (wanted[place] === ANY) place++;
  return place === wanted.length;
}

function codePoint(character: string): number {
  return character.codePointAt(0)!;
}
