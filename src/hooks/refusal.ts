import type { MatrixError } from "../matrix/matrix-error.js";

/**
 * The refusal that replaces a callback that can't answer.
 *
 * @typeParam Answer what callbacks of the hook return
 */
export type Refusal<Answer> = {
  /** What it does, as the client or the other server sees it. */
  readonly effect: string;
  /** It applies only if the hook itself is named: for a whole module it would do harm. */
  readonly onlyWhenNamed?: true;
} & ({ readonly answer: Answer } | { readonly error: () => MatrixError });
