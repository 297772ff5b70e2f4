import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import type { ShadowRunner } from "./shadowed-dispatch.js";

/**
 * What an administrator asks of callbacks. It is applied when chains are built, so that a dispatch pays only for what
 * is asked: callbacks of which nothing is asked come back as the same objects.
 */
export interface Arrangement {
  /**
   * A callback with what is asked of it: a `call` that answers `NOT_ASKED` where it doesn't apply, `timeoutMs`,
   * `failure`, `guard`, `shadow`. Two callbacks where it is enforced for some and in shadow for the others.
   *
   * @param chain `Category.hook`
   */
  arrange?(callback: ChainCallback, hook: AnyHook, chain: string): ChainCallback | readonly ChainCallback[];
  /**
   * All callbacks of a chain, in order, after `arrange`. Neighbours of one process may be asked together: a callback
   * that is `joined` promises `RawAnswers`, for itself and for those that follow it. As many come back, in the same order.
   */
  join?(callbacks: readonly ChainCallback[], hook: AnyHook, chain: string): readonly ChainCallback[];
  /** Runs callbacks that are in shadow. */
  readonly shadows?: ShadowRunner;
}

/** A callback with what is asked of it; the same object where nothing is. */
export function arranged(
  callback: ChainCallback,
  hook: AnyHook,
  chain: string,
  arrangement: Arrangement,
): readonly ChainCallback[] {
  return [arrangement.arrange?.(callback, hook, chain) ?? callback].flat();
}
