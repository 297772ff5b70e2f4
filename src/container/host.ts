import type { Chains, Hooks } from "../catalogue/index.js";
import type { ConfigurationSource } from "../config/configuration-source.js";
import type { Decisions } from "../decisions/decisions.js";
import { LigandError } from "../errors/ligand-error.js";
import type { Dispatch } from "../dispatch/dispatch.js";
import type { ModuleInfo } from "../modules/tokens.js";
import type { Web } from "../web/create-web.js";
import { healthMetrics } from "./health-metrics.js";
import { moduleHealth, type Health, type VitalsOf } from "./health.js";
import type { ReloadOptions, ReloadReport, Reloads } from "./reloads.js";
import type { RunningModules } from "./running-modules.js";

/** What a running host is made of. */
export interface HostParts {
  readonly hooks: Hooks;
  readonly chains: Chains;
  readonly web: Web;
  readonly running: RunningModules;
  readonly dispatch: Dispatch;
  readonly decisions: Decisions;
  readonly source: ConfigurationSource;
  readonly reloads: Reloads;
  /** What else is known of modules. */
  readonly vitals: readonly VitalsOf[];
  /** Labels the metrics; empty if the homeserver offers no `Server` service. */
  readonly serverName: string;
  /** Stops background calls, then the modules, then Ligand's own services. */
  readonly stopModules: () => Promise<void>;
}

let parts: (host: Host) => HostParts;

/** What a host is made of, for the parts of Ligand that show it. */
export function partsOfHost(host: Host): HostParts {
  return parts(host);
}

/** What the hooks of a host are made of: a homeserver in another process asks these. */
export function chainsOf(host: Host): Chains {
  return parts(host).chains;
}

/** The modules that run now. */
export function runningOf(host: Host): RunningModules {
  return parts(host).running;
}

/** What the modules of a host decide, live. */
export function decisionsOf(host: Host): Decisions {
  return parts(host).decisions;
}

/** Running modules: what a homeserver asks. Made by {@link startModules}. @public */
export class Host {
  /** One property per category, one method per hook. A reload doesn't replace them. */
  readonly hooks: Hooks;
  readonly #parts: HostParts;
  #stopping: Promise<void> | undefined;

  static {
    parts = (host) => host.#parts;
  }

  constructor(parts: HostParts) {
    this.hooks = parts.hooks;
    this.#parts = parts;
  }

  /** The modules that run now, in config order. */
  get modules(): readonly ModuleInfo[] {
    return this.#parts.running.infos;
  }

  /** The web paths that modules serve now, and which module serves each. */
  get webPaths(): Web["paths"] {
    return this.#parts.web.paths;
  }

  /**
   * Answers a request through the web resource at its path. Undefined when no module serves the path: your homeserver
   * then answers it itself. Errors become responses; the promise never rejects. Once the host is stopping, the response
   * is 503.
   *
   * @param options.requestId names the request in log lines; a sequence number by default.
   */
  fetch(request: Request, options?: { readonly requestId?: string }): Promise<Response | undefined> {
    return this.#parts.web.fetch(request, options);
  }

  /**
   * Reads the configuration again, and runs what it lists now. Modules whose entries are unchanged keep running. The others
   * start beside those that run; then hooks, web paths and `@Every` move to the new modules in one step, and those that are
   * gone stop after their last calls. A dispatch keeps the modules that it began with.
   *
   * Nothing changes when anything is wrong. A reload waits for the one that runs. It ends once the new modules are asked.
   *
   * @throws {ReloadError} with everything that's wrong with the new configuration.
   * @throws {LigandError} `LIGAND_HOST_STOPPED` after `stop()`.
   */
  async reload(options: ReloadOptions = {}): Promise<ReloadReport> {
    if (this.#stopping) throw new LigandError("LIGAND_HOST_STOPPED", "`reload()` was called after the host stopped");
    return this.#parts.reloads.reload(options);
  }

  /** How the host and each of its modules is doing: what `GET /health` of `ligand serve` shows, with the texts of problems. */
  health(): Health {
    const { running, dispatch, source, reloads, vitals, decisions } = this.#parts;
    const modules = moduleHealth(running.standings, dispatch.chains, vitals);
    const shown = decisions.isOn ? decisions.health : undefined;
    return {
      state: this.#stopping ? "stopped" : source.kept ? "degraded" : "running",
      revision: reloads.revision,
      lastReload: reloads.last ?? null,
      modules,
      ...(shown && { decisions: shown }),
    };
  }

  /**
   * How often each callback was called and failed, how long calls took, how modules are doing, and how reloads ended: in the
   * Prometheus text format.
   */
  metrics(): string {
    const { dispatch, serverName, reloads } = this.#parts;
    return dispatch.metrics(serverName) + healthMetrics(this.health(), reloads.counts, serverName);
  }

  /**
   * Logs which callback a hook is waiting for. Call it when your homeserver gives up on the hook.
   *
   * @param signal the one in the hook's context
   * @param pendingMs how long the hook has been running, in milliseconds
   * @returns whether a hook with this signal is waiting for a callback
   */
  reportPending(signal: AbortSignal, pendingMs: number): boolean {
    return this.#parts.dispatch.watchdog.report(signal, pendingMs);
  }

  /**
   * Stops the modules, in reverse config order: `@Every` ends, then `@preDestroy` runs. From then on hooks throw
   * `LIGAND_HOST_STOPPED` and `fetch` answers 503. Dispatches that already run go on, and it doesn't wait for them: let your
   * requests end first. Calling it again is harmless.
   */
  stop(): Promise<void> {
    this.#parts.dispatch.stop();
    this.#parts.web.stop();
    this.#stopping ??= this.#parts.stopModules();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
