/** Every control character but the line break, and but the escape of a colour. */
const CONTROLS = /(?!\u001B\[[\d;]*m)(?!\n)\p{Cc}/gu;

/**
 * Text in which nothing moves the cursor or otherwise commands the terminal. What a configuration holds, and what
 * modules say, was not written by who reads it.
 */
export function printable(text: string): string {
  return text.replaceAll(CONTROLS, "\uFFFD");
}
