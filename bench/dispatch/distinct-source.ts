/**
 * A function whose source no other function has. An engine shares what it learns about a function between all closures
 * of one source; modules of a homeserver have sources of their own.
 *
 * @param source a function expression
 */
export function distinctSource<F>(source: string): F {
  // oxlint-disable-next-line no-eval -- each function must have a source of its own
  return (0, eval)(`(/* ${++made} */ ${source})`) as F;
}
let made = 0;
