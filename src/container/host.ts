import type { Chains, Hooks } from "../catalogue/index.js";
import type { Dispatch } from "../hooks/dispatch.js";
import type { ModuleInfo } from "../modules/tokens.js";
import type { Web } from "../web/create-web.js";

/** What a running host is made of. */
export interface HostParts {
  readonly hooks: Hooks;
  readonly chains: Chains;
  readonly web: Web;
  readonly modules: readonly ModuleInfo[];
  readonly dispatch: Dispatch;
  /** Labels the metrics; empty where the homeserver offers no `Server` service. */
  readonly serverName: string;
  /** Ends background calls, then the modules, then Ligand's own services. */
  readonly stopModules: () => Promise<void>;
}

let chainsOfHost: (host: Host) => Chains;

/** What the hooks of a host are made of: a homeserver in another process asks these. */
export function chainsOf(host: Host): Chains {
  return chainsOfHost(host);
}

/** Running modules: what a homeserver asks. Made by {@link startModules}. */
export class Host {
  /** One property per category, one method per hook. */
  readonly hooks: Hooks;
  /** The modules that run, in config order. */
  readonly modules: readonly ModuleInfo[];
  readonly #parts: HostParts;
  #stopping: Promise<void> | undefined;

  static {
    chainsOfHost = (host) => host.#parts.chains;
  }

  constructor(parts: HostParts) {
    this.hooks = parts.hooks;
    this.modules = Object.freeze([...parts.modules]);
    this.#parts = parts;
  }

  /** The web paths that modules serve, and which module serves each. */
  get webPaths(): Web["paths"] {
    return this.#parts.web.paths;
  }

  /**
   * Answers a request by the web resource whose path it is for. Undefined when no module serves the path: the
   * homeserver goes on with its own. Errors become responses; the promise does not reject. Once the host is being
   * stopped, the response is 503.
   *
   * @param options.requestId names the request in log lines; a running number by default.
   */
  fetch(request: Request, options?: { readonly requestId?: string }): Promise<Response | undefined> {
    return this.#parts.web.fetch(request, options);
  }

  /** How often each callback was called and failed, and how long calls took: Prometheus text format. */
  metrics(): string {
    return this.#parts.dispatch.metrics(this.#parts.serverName);
  }

  /**
   * Logs which callback a hook waits for, for a homeserver that gives the hook up.
   *
   * @param signal that of the hook's context
   * @param pendingMs how long the hook has taken, in milliseconds
   * @returns whether a hook with this signal waits for a callback
   */
  reportPending(signal: AbortSignal, pendingMs: number): boolean {
    return this.#parts.dispatch.watchdog.report(signal, pendingMs);
  }

  /**
   * Stops the modules, in the reverse of config order: `@Every` ends, `@preDestroy` runs. From the start of the call
   * hooks throw `LIGAND_HOST_STOPPED` and `fetch` answers 503; dispatches that are under way end as they would. Calling
   * it again is harmless.
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
