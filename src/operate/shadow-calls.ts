import type { ShadowedDispatch } from "../dispatch/shadowed-dispatch.js";

/**
 * Tells calls in shadow from other calls of the same module, in a process that knows for which call code runs. The homeserver's
 * own doesn't: it would cost every request.
 */
export interface ShadowCalls {
  /** Whether the code that runs does for a call in shadow; undefined where it runs for no call. */
  readonly isInShadow: () => boolean | undefined;
  /** Runs a call in shadow. @param dispatch the one that it stands beside */
  readonly run: <T>(dispatch: Pick<ShadowedDispatch, "chain" | "context">, call: () => T) => T;
}
