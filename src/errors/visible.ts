/** What can't be seen: control characters, and what changes the direction of what follows. */
export const INVISIBLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * A string in which what can't be seen is named by its number. Clients and modules choose most of what is shown: it must
 * command no terminal, and hide nothing.
 *
 * @param kept characters that stay as they are
 */
export function visible(text: string, kept = ""): string {
  return text.replaceAll(INVISIBLE, (character) =>
    kept.includes(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
