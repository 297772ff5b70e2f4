/**
 * Text in which nothing moves the cursor or otherwise commands the terminal, but for line breaks and colours. What a
 * configuration holds, and what modules say, was not written by who reads it.
 */
export function printable(text: string): string {
  return text.replaceAll(/(\p{Cc})(\[[\d;]*m)?/gu, (found, control: string, style = "") => {
    const isAllowed = control === "\n" || (control === "\u001B" && style !== "");
    return isAllowed ? found : `\uFFFD${style}`;
  });
}
