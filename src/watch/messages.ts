import type { LogFormat, LogLevel } from "../logging/log-levels.js";

/** What the watch thread receives when it starts. */
export interface WatchThreadData {
  /** Which callback is running: see `RUNNING`. */
  readonly running: Int32Array;
  /** See `Board`. */
  readonly board: Int32Array;
  /** Whether the coverage of the process is measured. */
  readonly isMeasured: boolean;
  /** How lines on standard error look, and the least urgent level to write. */
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** The process that this process must not outlive; undefined for none. */
  readonly starter: Starter | undefined;
  /** Whether the main thread can end the process itself, once it's interrupted: see `actAtLimit`. */
  readonly endsItself: boolean;
}

/** The process that started this one, as far as this process can see it. */
export interface Starter {
  /** The id of the parent process. */
  readonly pid: number;
  /** Whether standard input is a pipe that closes when the starter exits. */
  readonly hasPipe: boolean;
}

/** The names of a callback. */
export interface NamedCallback {
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly name: string;
  /** `Category.hook`. */
  readonly hook: string;
}

/** The names of callbacks by their numbers, for the watch thread: it can't ask while the main thread is blocked. */
export type CallbackNames = ReadonlyMap<number, NamedCallback>;

/** What a look at the blocked thread found. */
export interface Seen {
  readonly callback?: NamedCallback | undefined;
  /** The id of the module, even if no callback is running: in a timer, say. */
  readonly module?: string | undefined;
  readonly requestId?: string | undefined;
  /** What another process called, in words, and its `Category.hook`: known even after a promise was awaited. */
  readonly what?: string | undefined;
  readonly hook?: string | undefined;
  /** The innermost function of a module, and where the thread was in it: `file:line:column`. */
  readonly function?: string | undefined;
  readonly place?: string | undefined;
}

/** What the watch thread sends the main thread, which reads it once it's free. */
export type WatchReport =
  | { readonly kind: "slow"; readonly callback: number; readonly ms: number }
  | { readonly kind: "freed"; readonly ms: number; readonly seen: Seen }
  | { readonly kind: "orphaned"; readonly why: string };
