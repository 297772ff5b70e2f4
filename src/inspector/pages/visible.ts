/**
 * A page in which what can't be seen is written out: control characters, and what changes the direction of what follows.
 * Clients choose most of what the pages show.
 */
export function visible(html: string): string {
  return html.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) =>
    character === "\n" || character === "\t" ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
