import type { HookContext } from "../hooks/context.js";
import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";

/** A callback in shadow, at its place in a dispatch. */
export interface ShadowedCall {
  readonly callback: ChainCallback;
  /** How many of the dispatch's answers came before it. */
  readonly position: number;
  /** What it would have been called with, the context included: what may change later has been copied. */
  readonly args: readonly unknown[];
  /** Counts what came of it, such as `unchanged` or `refuses`. */
  count(result: string): void;
  /** Notified of what it came to, where that's recorded. */
  settled?: ((outcome: ShadowOutcome) => void) | undefined;
}

/** What a callback in shadow came to. */
export interface ShadowOutcome {
  /** What is counted; undefined if it wasn't called. */
  readonly result?: string | undefined;
  readonly answer?: unknown;
  readonly error?: Error;
}

/**
 * A dispatch that is over, and the callbacks in shadow that it passed: none of those behind the callback that decided. A
 * dispatch whose request was cancelled isn't one.
 */
export interface ShadowedDispatch {
  /** `Category.hook`, as logs and metrics name it. */
  readonly chain: string;
  readonly hook: AnyHook;
  readonly context: HookContext;
  readonly calls: readonly ShadowedCall[];
  /**
   * What the callbacks answered, in order; for failures, the answers that replaced them. Without what changes nothing:
   * folded again, they come to the same result.
   */
  readonly answers: readonly unknown[];
  /** What the homeserver received, or was thrown. */
  readonly outcome: { readonly result: unknown } | { readonly error: unknown };
}

/** Runs callbacks that are in shadow, after the dispatch, and compares. */
export interface ShadowRunner {
  /** Called before the hook returns. It returns quickly and throws nothing. */
  enter(dispatch: ShadowedDispatch): void;
}
