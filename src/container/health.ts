import type { ModuleMode } from "../config/operate/operate-keys.js";
import type { DecisionsHealth } from "../decisions/decisions.js";
import type { Chain } from "../dispatch/chain.js";

/** How a module is doing. `degraded`: it's asked, but something stands in for some of its answers. @public */
export type ModuleState = "starting" | "running" | "degraded" | "failed" | "stopped";

/** How a module is doing, and what its callbacks have done since the host started. @public */
export interface ModuleHealth {
  readonly id: string;
  readonly mode: ModuleMode;
  readonly state: ModuleState;
  /** Since when it has been in this state, in milliseconds since the epoch. */
  readonly since: number;
  /** How often it was started again, by a reload or because its process ended. */
  readonly restarts: number;
  readonly calls: number;
  readonly failures: number;
  /** How many of the failures were time-outs. */
  readonly timeouts: number;
  /** How often a callback wasn't asked because of `only`, `except`, `share`, an open circuit breaker or its decorator's options. */
  readonly notAsked: number;
  /** What its answers in shadow would have changed, and how often. */
  readonly shadow: Readonly<Record<string, number>>;
  /** The slowest call among those that were timed, or given up with a time-out; null before one was. */
  readonly slowest: SlowestCall | null;
  /** How many of its callbacks aren't called because their circuit breakers are open. */
  readonly openBreakers: number;
  /** Why it isn't running, or what went wrong last. */
  readonly problems: readonly string[];
}

/** A call of a callback. @public */
export interface SlowestCall {
  /** `Category.hook`. */
  readonly hook: string;
  /** `Class.method`. */
  readonly callback: string;
  readonly ms: number;
}

/** How the last reload ended. @public */
export interface LastReload {
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: "done" | "refused";
  /** How many problems the new configuration had. */
  readonly problems: number;
}

/** How a host is doing. @public */
export interface Health {
  /** `degraded`: the files were refused, or their modules didn't start, and the configuration that ran last runs. */
  readonly state: "running" | "degraded" | "stopped";
  /** The number of the configuration that runs: 1 after the start, and one more after each reload that changed something. */
  readonly revision: number;
  /** Null before there was one. */
  readonly lastReload: LastReload | null;
  /** Those of the configuration in its order, then those that failed, then the disabled ones. */
  readonly modules: readonly ModuleHealth[];
  /** How the recording of decisions is doing; absent where none are recorded. */
  readonly decisions?: DecisionsHealth;
}

/** What is known about a module beside its callbacks: how its process is doing, whether its circuit breakers are open. */
export interface Vitals {
  /** Overrides `running`. */
  readonly state?: ModuleState;
  /** Since when that's so. */
  readonly since?: number;
  /** How often its process was started again. */
  readonly restarts?: number;
  readonly openBreakers?: number;
  /** What went wrong last. */
  readonly problems?: readonly string[];
}

/** What is known about the module with an id. */
export type VitalsOf = (id: string) => Vitals | undefined;

/** What is known of a module apart from what its callbacks have done. */
export type ModuleStanding = Pick<ModuleHealth, "id" | "mode" | "state" | "since" | "restarts" | "problems">;

/** What the callbacks of each module have done, by the module's id. */
type Counted = Pick<ModuleHealth, "calls" | "failures" | "timeouts" | "notAsked" | "shadow" | "slowest">;

const NOTHING: Counted = { calls: 0, failures: 0, timeouts: 0, notAsked: 0, shadow: {}, slowest: null };

function countedByModule(chains: Iterable<Chain>): ReadonlyMap<string, Counted> {
  const counted = new Map<string, Counted>();
  for (const { name: hook, plan } of chains) {
    for (const [index, each] of plan.meter.read().entries()) {
      const { module, name: callback, shadow: isShadow } = plan.callbacks[index]!;
      const before = counted.get(module.id) ?? NOTHING;
      const shadow = { ...before.shadow };
      for (const [result, count] of each.shadow ?? []) shadow[result] = (shadow[result] ?? 0) + count;
      if (isShadow) {
        counted.set(module.id, { ...before, shadow });
        continue;
      }
      const ms = Math.max(each.durations ? each.durations.max * 1000 : -1, each.longestGivenUpMs ?? -1);
      const isSlowest = ms > (before.slowest?.ms ?? -1);
      counted.set(module.id, {
        calls: before.calls + each.calls,
        failures: before.failures + each.failures,
        timeouts: before.timeouts + each.timeouts,
        notAsked: before.notAsked + each.notAsked,
        shadow,
        slowest: isSlowest ? { hook, callback, ms } : before.slowest,
      });
    }
  }
  return counted;
}

/** Puts together what is known of modules. */
export function moduleHealth(
  standings: readonly ModuleStanding[],
  chains: Iterable<Chain>,
  sources: readonly VitalsOf[],
): ModuleHealth[] {
  const counted = countedByModule(chains);
  return standings.map((standing) => {
    const vitals = sources.map((vitalsOf) => vitalsOf(standing.id) ?? {});
    const other = vitals.find(({ state }) => state && state !== "running");
    // It has run again since what else there is to it did.
    const runningSince = Math.max(standing.since, ...vitals.map(({ since = 0 }) => since));
    return {
      ...standing,
      ...(standing.state === "running" && {
        state: other?.state ?? "running",
        since: other?.since ?? runningSince,
      }),
      restarts: vitals.reduce((sum, { restarts = 0 }) => sum + restarts, standing.restarts),
      problems: [...standing.problems, ...vitals.flatMap(({ problems = [] }) => problems)],
      openBreakers: vitals.reduce((sum, { openBreakers = 0 }) => sum + openBreakers, 0),
      ...(counted.get(standing.id) ?? NOTHING),
    };
  });
}
