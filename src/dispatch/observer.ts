import type { HookContext } from "../hooks/context.js";

/** What one callback did in one dispatch of a hook. Frozen. @public */
export interface Observation {
  /** `Category.hook`, as logs and metrics name it. */
  readonly hook: string;
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly callback: string;
  /** The request's context; its `requestId` says which request this belongs to. */
  readonly context: HookContext;
  /** Whether the dispatch ended here, so that later callbacks weren't called. */
  readonly decided: boolean;
  /** The hook's result if this callback decided; otherwise the callback's answer. Absent if it threw. */
  readonly answer?: unknown;
  /**
   * What the callback threw, without secrets: passwords and tokens among the hook's arguments, and what has the form of one.
   * It's here even if the hook's failure policy continues with the next callback.
   */
  readonly error?: unknown;
}

/**
 * Called after each callback returns or throws. Use it for audit logs, or to say which module decided.
 * It is called before the hook returns and is not awaited. The arguments of the hook are left out, because they may hold
 * passwords: the homeserver has them. What an observer throws is logged. It isn't called for a dispatch that is cancelled while a callback
 * runs.
 *
 * @public
 */
export type Observer = (observation: Observation) => void;
