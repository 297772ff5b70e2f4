import type { LastReload, ModuleHealth } from "../../container/health.js";
import type { Host } from "../../container/host.js";
import type { DecisionsHealth } from "../../decisions/decisions.js";

/** How served modules are doing. @public */
export interface ServerHealth {
  /** `waiting` until a homeserver asks for the modules; `failed` if the last attempt to start them failed. */
  readonly status: "waiting" | "running" | "failed" | "stopping";
  /** How many homeserver processes are connected. */
  readonly connections: number;
  /** Differs for each start of the process. */
  readonly instance: string;
  /** How many module functions the homeserver may still call, such as those that follow a login. */
  readonly keptFunctions: number;
  /** The number of the configuration that runs; 0 while none does. */
  readonly revision: number;
  /** Whether the files were refused, and the configuration that ran last is used instead. */
  readonly isLastGood: boolean;
  /** Null before there was one. */
  readonly lastReload: LastReload | null;
  /** How the recording of decisions is doing; absent where none are recorded. */
  readonly decisions?: Pick<DecisionsHealth, "recorded" | "dropped">;
  /** How each module is doing, without what went wrong: everyone who can reach the address can read it. */
  readonly modules: readonly Omit<ModuleHealth, "problems">[];
}

/** What the host of served modules says of its health; of none that runs, if it's undefined. */
export function hostHealth(
  host: Host | undefined,
): Pick<ServerHealth, "revision" | "lastReload" | "decisions" | "modules"> {
  if (!host) return { revision: 0, lastReload: null, modules: [] };
  const { revision, lastReload, decisions, modules } = host.health();
  return {
    revision,
    lastReload,
    ...(decisions && { decisions: { recorded: decisions.recorded, dropped: decisions.dropped } }),
    modules: modules.map(({ problems: _, ...shown }) => shown),
  };
}
