import type { LogFormat, LogLevel } from "../logging/log-levels.js";

/** What the watch thread is given when it starts. */
export interface WatchThreadData {
  /** Which callback runs: see `RUNNING`. */
  readonly running: Int32Array;
  /** See `Board`. */
  readonly board: Int32Array;
  /** How lines on standard error look, and the least urgent level of those that are written. */
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Whom this process must not outlive; undefined for no one. */
  readonly starter: Starter | undefined;
}

/** Whoever started this process, as far as the process can see it. */
export interface Starter {
  /** The id of the parent process. */
  readonly pid: number;
  /** Whether standard input is a pipe that ends with the starter. */
  readonly hasPipe: boolean;
}

/** A callback by its names. */
export interface NamedCallback {
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly name: string;
  /** `Category.hook`. */
  readonly hook: string;
}

/** The names of callbacks by their numbers, for the watch thread, which can't ask while the main thread is blocked. */
export type CallbackNames = ReadonlyMap<number, NamedCallback>;

/** What was seen of a blocked thread. */
export interface Seen {
  readonly callback?: NamedCallback | undefined;
  /** The id of the module, also where no callback runs: in a timer, say. */
  readonly module?: string | undefined;
  readonly requestId?: string | undefined;
  /** What a call of another process asked for, in words, and its `Category.hook`: known also after a promise was waited for. */
  readonly what?: string | undefined;
  readonly hook?: string | undefined;
  /** The innermost function of a module, and where in it the thread was: `file:line:column`. */
  readonly function?: string | undefined;
  readonly place?: string | undefined;
}

/** What the watch thread tells the main thread, which reads it when it's free. */
export type WatchReport =
  | { readonly kind: "slow"; readonly callback: number; readonly ms: number }
  | { readonly kind: "freed"; readonly ms: number; readonly seen: Seen }
  | { readonly kind: "orphaned"; readonly why: string };
