import type { LogLevel } from "../../logging/log-levels.js";
import type { ServiceName } from "../../services/services.js";
import type { ConfigPath } from "../config-path.js";
import type { FailureWish, ModuleMode, RestMode } from "./operate-keys.js";

/** What an administrator decided about a module: its `operate:`, validated. What stands for the module holds for every hook that isn't in `hooks`. */
export interface OperateSettings extends HookSettings {
  /** False if the others run without the module when it can't be loaded or started; always in shadow. */
  readonly required: boolean;
  /** Absent in the homeserver's own process. */
  readonly process?: ProcessSettings;
  /** The services that act and stay real while the module is in shadow. */
  readonly shadowServices: readonly ServiceName[];
  readonly logLevel?: LogLevel;
  /** By Ligand's name of the hook. */
  readonly hooks: ReadonlyMap<string, HookSettings>;
}

/** What holds for the callbacks of a hook. */
export interface HookSettings {
  readonly mode: ModuleMode;
  readonly timeoutMs?: number;
  /** By what caused the request; `local` also where that isn't known. */
  readonly onFailure: { readonly local: FailureWish; readonly federation: FailureWish };
  /** The part of all rooms, or of all users, from 0 to 1. */
  readonly share: number;
  readonly rest: RestMode;
  readonly only?: MatcherSettings;
  readonly except?: MatcherSettings;
  readonly circuitBreaker?: BreakerSettings;
  /** Where each of the keys that are written is written, from the entry. */
  readonly written: Readonly<Partial<Record<HookKey, ConfigPath>>>;
}

/** A key of a hook's settings, as it is written. */
export type HookKey = "mode" | "timeout" | "on_failure" | "share" | "rest" | "only" | "except" | "circuit_breaker";

/** What a callback may be narrowed to, by pattern: any of a list. An empty matcher names nothing. */
export type MatcherSettings = { readonly [Name in MatcherKey]?: readonly string[] };

export type MatcherKey = "origin" | "type" | "sender" | "server" | "room";

/** When a callback that keeps failing isn't called. */
export interface BreakerSettings {
  /** The share of failures that opens it, above 0 to 1. */
  readonly failureRate: number;
  readonly minCalls: number;
  readonly windowMs: number;
  readonly openForMs: number;
}

/** The process that a module runs in, and what it may have. */
export interface ProcessSettings {
  /** `own` for one that no other module shares. */
  readonly name: string;
  /** The most resident memory. */
  readonly memoryBytes?: number;
  /** Absent where Node doesn't limit it. */
  readonly permissions?: Permissions;
}

/** What Node lets a process do. */
export interface Permissions {
  /** Absolute paths. */
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly childProcesses: boolean;
  readonly network: boolean;
  /** Names of the environment variables that it gets beside those that every process gets. */
  readonly env: readonly string[];
}

/** Whether a callback decides anything, at least for a share. */
export function isEnforced({ mode, share }: HookSettings): boolean {
  return mode === "enforce" && share > 0;
}

/** What holds where nothing is written. */
export const HOOK_DEFAULTS: HookSettings = {
  mode: "enforce",
  onFailure: { local: "default", federation: "default" },
  share: 1,
  rest: "disabled",
  written: {},
};

/** What holds for the callbacks of a hook; the defaults where nothing is written. */
export function settingsFor(operate: OperateSettings | undefined, hook: string): HookSettings {
  return operate?.hooks.get(hook) ?? operate ?? HOOK_DEFAULTS;
}
