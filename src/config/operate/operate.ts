import type { LogLevel } from "../../logging/log-levels.js";
import type { ServiceName } from "../../services/services.js";
import type { FailureWish, FailureWishes, ModuleMode, RestMode } from "./operate-keys.js";

/** A length of time with its unit, such as `500ms`, `2s` or `5m`. @public */
export type OperateDuration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/** What a module may do: the keys of `operate:` in a configuration file. @public */
export interface Operate extends HookOperate {
  /** False if the others run without the module when it can't be loaded or started; true by default. */
  readonly required?: boolean;
  readonly shadow?: {
    /** Services that act and stay real while the module is in shadow. */
    readonly services?: readonly ServiceName[];
  };
  /** The least urgent lines of the module that are logged; by default those of the host's logger. */
  readonly log_level?: LogLevel;
  /** What holds for a hook, by Ligand's or Synapse's name of it. Each key replaces the module's. */
  readonly hooks?: Readonly<Record<string, HookOperate>>;
}

/** What the callbacks of a module, or those of one hook, may do. @public */
export interface HookOperate {
  /** `enforce` by default. In `shadow` callbacks are called and decide nothing; what they would change is counted. */
  readonly mode?: ModuleMode;
  /** How long a callback's promise is waited for; without it, there is no limit. */
  readonly timeout?: OperateDuration;
  /** What a failure leads to; by default the hook's own policy. */
  readonly on_failure?: FailureWish | FailureWishes;
  /** The share of rooms, or of users where a hook is about no room, that callbacks are called for; `100%` by default. */
  readonly share?: `${number}%`;
  /** What holds outside of the share; `disabled` by default. */
  readonly rest?: RestMode;
  /** Callbacks are called only where all of these hold; a list means any of it. */
  readonly only?: OperateMatcher;
  /** Callbacks aren't called where any of these holds. */
  readonly except?: OperateMatcher;
  /** Stops calling a callback that keeps failing; without it, callbacks are always called. */
  readonly circuit_breaker?: OperateBreaker;
}

/** Patterns, in which `*` stands for any characters and `?` for one. @public */
export interface OperateMatcher {
  /** Who caused the request: a client of this homeserver, or another homeserver. */
  readonly origin?: OneOrMore<"local" | "federation">;
  /** The type of the event, or of the account data. */
  readonly type?: OneOrMore<string>;
  /** The id of the user who acts: the sender of an event, the inviter, the user who asks. */
  readonly sender?: OneOrMore<string>;
  /** The server of that user, without its port. */
  readonly server?: OneOrMore<string>;
  /** The id of the room. */
  readonly room?: OneOrMore<string>;
}

/** When a callback that keeps failing is no longer called. @public */
export interface OperateBreaker {
  /** The share of failed calls that stops calling; `50%` by default. */
  readonly failure_rate?: `${number}%`;
  /** How many calls there have to be in the window; 20 by default. */
  readonly min_calls?: number;
  /** `1m` by default. */
  readonly window?: OperateDuration;
  /** How long the callback isn't called before one call tries it again; `30s` by default. */
  readonly open_for?: OperateDuration;
}

type OneOrMore<Text> = Text | readonly Text[];
