import type { HookContext } from "./context.js";

/** What one callback did in one dispatch of a hook. Frozen. */
export interface Observation {
  /** `Category.hook`, as logs and metrics name it. */
  readonly hook: string;
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly callback: string;
  /** What the homeserver said of the request; its `requestId` says which question this is an answer to. */
  readonly context: HookContext;
  /** Whether the dispatch ended here, so that callbacks that follow were not asked. */
  readonly decided: boolean;
  /** What the hook came to, where this callback decided; otherwise what the callback answered. Absent when it threw. */
  readonly answer?: unknown;
  /**
   * What the callback threw, without secrets: passwords and tokens among the hook's arguments, and what has the form of one.
   * It is said here also where the hook's failure policy goes on to the next callback.
   */
  readonly error?: unknown;
}

/**
 * Called after each callback returns or throws. Use it for audit logs, or to say which module decided.
 * It is called before the hook returns and is not awaited. The arguments of the hook are left out, since they may hold
 * passwords: the homeserver has them. What an observer throws is logged. A dispatch that is cancelled while a callback
 * runs is not heard of.
 */
export type Observer = (observation: Observation) => void;
