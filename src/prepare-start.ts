import { buildHooks, type BuiltHooks } from "./catalogue/build-hooks.js";
import type { Hooks } from "./catalogue/index.js";
import type { Host } from "./container/host.js";
import type { DescribedModule } from "./container/modules-info.js";
import type { ProcessesOnDemand } from "./container/processes-on-demand.js";
import type { RecordClaim } from "./decisions/record-claim.js";
import { Decisions } from "./decisions/decisions.js";
import { LigandError } from "./errors/ligand-error.js";
import type { ConfigurationSource } from "./config/configuration-source.js";
import type { Budgets } from "./dispatch/budgets.js";
import { Dispatch } from "./dispatch/dispatch.js";
import { createLogger } from "./logging/create-logger.js";
import type { ShadowCalls } from "./operate/shadow-calls.js";
import { checkOptions } from "./options/check-options.js";
import { OFFERED_RULES, type OfferedServices, type PrepareOptions, type StartOptions } from "./start-options.js";
import { traceDispatches } from "./telemetry/trace-dispatches.js";
import { watchProcess, type Watch } from "./watch/watch-process.js";

/** Modules whose hooks a homeserver can use before they start. Made by {@link prepareModules}. @public */
export interface PreparedModules {
  /** The host's hooks. Until the modules have started, each hook answers as if no module had registered it. */
  readonly hooks: Hooks;
  /** The host's `fetch`. Until the modules have started, no module serves a path. */
  readonly fetch: Host["fetch"];
  /**
   * Starts the modules, once.
   *
   * @throws {ConfigError} @throws {StartError} as {@link startModules} does.
   */
  readonly start: (offered?: OfferedServices) => Promise<Host>;
}

/** Options for hosts that are part of Ligand, beyond {@link PrepareOptions}. */
export interface HostTraits {
  /** What to do about a service that no one bound, by its name. */
  readonly remedyOf?: (service: string) => string;
  /** False if no thread of this process watches it. */
  readonly watch?: boolean;
  /** The processes of its modules, if not those that the configuration names. */
  readonly processes?: ProcessesOnDemand;
  /** Gives up callbacks that don't answer in time, and tells circuit breakers the time; by default that of the machine. */
  readonly budgets?: Budgets;
  /** In a process that tells calls in shadow from others. */
  readonly shadowCalls?: ShadowCalls;
  /**
   * Replaces the modules that run by those that have been started for it.
   *
   * @param put replaces them, in one step; throws if they stay
   */
  readonly changeOver?: (modules: readonly DescribedModule[], put: () => void) => Promise<void>;
  /** Where decisions are recorded by this process alone; its owner releases it. By default the host takes it for itself. */
  readonly recordClaim?: RecordClaim;
  /** Which configuration is read; its owner ends it. By default that of the options. */
  readonly source?: ConfigurationSource;
}

/** What a host has before its modules start. */
export interface Prepared extends BuiltHooks {
  readonly dispatch: Dispatch;
  /** Whether dispatches are followed by OpenTelemetry. */
  readonly isTraced: boolean;
  readonly decisions: Decisions;
  readonly watch: Watch | undefined;
  readonly pendingLimitMs: number;
}

/** Starts the modules of a prepared host. */
export type StartStages = (
  options: StartOptions & Required<Pick<StartOptions, "logger">>,
  prepared: Prepared,
  traits: HostTraits,
) => Promise<Host>;

/**
 * Makes the hooks of a host, and defers its start.
 *
 * @param startStages starts the modules when called
 */
export function prepareStart(startStages: StartStages, options: PrepareOptions, traits: HostTraits): PreparedModules {
  const { pendingLimitMs = 60_000 } = options;
  const tracing = traceDispatches();
  const dispatch = new Dispatch(pendingLimitMs, options.observer, traits.budgets, tracing);
  const built = buildHooks(dispatch);
  const { hooks } = built;
  let isStarting = false;
  let host: Host | undefined;
  return {
    hooks,
    fetch: async (request, fetchOptions) => host?.fetch(request, fetchOptions),
    async start(offered = {}) {
      checkOptions("start", offered, OFFERED_RULES);
      if (isStarting) {
        throw new LigandError("LIGAND_ARGUMENT_INVALID", "`start()` was called twice for the same prepared modules", {
          remedy: "Call `prepareModules` again for each start.",
        });
      }
      isStarting = true;
      const logger = options.logger ?? createLogger();
      const watch = watchHost({ ...options, logger }, traits);
      const decisions = new Decisions(options.decisions, traits.recordClaim);
      const prepared = { ...built, dispatch, isTraced: tracing !== undefined, decisions, watch, pendingLimitMs };
      try {
        host = await startStages({ ...options, ...offered, logger }, prepared, traits);
        return host;
      } catch (error) {
        watch?.end();
        await decisions.stop();
        throw error;
      }
    },
  };
}

/** The watch over a host's process, starting with its modules. */
function watchHost(
  { logger, slowStepMs = 200, blockedMs = 1000 }: PrepareOptions,
  { watch = true }: HostTraits,
): Watch | undefined {
  if (!watch || (slowStepMs === 0 && blockedMs === 0)) return undefined;
  const begun = watchProcess({ ...(logger && { logger }), slowStepMs, blockedMs });
  begun.starting();
  return begun;
}
