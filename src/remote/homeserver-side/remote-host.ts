import type { ContainerModule } from "inversify";
import type { Hooks } from "../../catalogue/index.js";
import {
  checkOptions,
  positive,
  required,
  serviceBindings,
  text,
  type OptionRules,
} from "../../options/check-options.js";
import { LigandError } from "../../errors/ligand-error.js";
import { messageWithCauses } from "../../errors/problem.js";
import { parseSocketAddress } from "../wire/listen-address.js";
import { fetchOver } from "./fetch-over.js";
import { describeHomeserver, openLink, type Link } from "./link.js";
import { Fetch, type ModulesInfo, type WireRequest } from "../wire/protocol.js";
import type { Runtime } from "../wire/runtime.js";
import { HealthRecord, type RemoteHealth } from "./remote-health.js";
import { remoteHooks } from "./remote-hooks.js";
import { stoppedResponse } from "../../web/error-response.js";
import { servesPath } from "../../web/web-paths.js";

/** Modules in another process. Call their hooks like those of a {@link Host}. @public */
export interface RemoteHost {
  /** Like `Host.hooks`. Hooks that no module answers cost nothing; the others return a promise. */
  readonly hooks: Hooks;
  /** The modules, their hooks and their web paths. */
  readonly info: ModulesInfo;
  /**
   * Like `Host.fetch`, but it rejects when the modules can't be reached. For a module's path, the request's body is used
   * up, and cancelled if the module doesn't read it to the end.
   */
  fetch(request: Request, options?: { readonly requestId?: string }): Promise<Response | undefined>;
  /** How the modules are doing now. Cheap to call. */
  health(): RemoteHealth;
  /** Closes the connection. Hooks that modules answer then throw `LIGAND_HOST_STOPPED`. Calling it again is harmless. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where the modules are, and who calls them. @public */
export interface RemoteHostOptions {
  /** `unix:PATH` or `tcp:127.0.0.1:PORT`, as given to {@link serve}. */
  readonly address: string;
  /** The homeserver's services that modules may use, as in {@link startModules}; `Server` must be one of them. */
  readonly services: readonly ContainerModule[];
  /** The homeserver's software and version, for the log of the other side; `Ligand` by default. */
  readonly software?: string;
  /** How long to wait for an answer, in milliseconds; 60,000 by default. */
  readonly callTimeoutMs?: number;
}

const RULES: OptionRules<RemoteHostOptions> = {
  address: required(text),
  services: required(serviceBindings),
  software: text,
  callTimeoutMs: positive,
};

/** `remoteHost` on a given machine. */
export async function remoteHostOn(runtime: Runtime, options: RemoteHostOptions): Promise<RemoteHost> {
  checkOptions("remoteHost", options, RULES);
  const { address, services, software = "Ligand", callTimeoutMs = 60_000 } = options;
  const { info, ...lent } = await describeHomeserver(services, software);
  const homeserver = { ...lent, info: { ...info, callTimeoutMs } };
  const link = await openLink(await runtime.connect(parseSocketAddress(address)), homeserver, { runtime });
  const health = new HealthRecord("running", runtime);
  void link.peer.closed.then((error) => {
    if (health.now.state === "stopped") return;
    const reason = error ? messageWithCauses(error) : "the connection was closed";
    health.become("failed", { lastEnd: { at: runtime.date(), reason } });
  });
  return hostOf({
    first: link,
    link: () => link,
    timeoutMs: callTimeoutMs,
    health: () => health.now,
    async stop() {
      health.become("stopped");
      link.peer.close();
      await link.peer.closed;
    },
  });
}

/** What a remote host is built from. */
export interface RemoteHostParts {
  /** The first connection. */
  readonly first: Pick<Link, "info">;
  /** The current connection. Throws `LIGAND_REMOTE_LOST` while there is none. */
  readonly link: () => Link;
  readonly timeoutMs: number;
  readonly health: () => RemoteHealth;
  readonly stop: () => Promise<void>;
}

/** The hooks are those the modules have now; `info` is always that of the latest connection. */
export function hostOf({ first, link, timeoutMs, health, stop }: RemoteHostParts): RemoteHost {
  let latest = first;
  let isStopped = false;
  const assertRuns = () => {
    if (isStopped) throw new LigandError("LIGAND_HOST_STOPPED", "a hook was called after the host was stopped");
  };
  const current = () => {
    const now = link();
    latest = now;
    return now;
  };
  const end = () => {
    isStopped = true;
    return stop();
  };
  return {
    hooks: remoteHooks({ info: () => latest.info, link: current, before: assertRuns, timeoutMs }),
    get info() {
      return latest.info;
    },
    async fetch(request, { requestId } = {}) {
      const path = new URL(request.url).pathname;
      if (!servesPath(latest.info.webPaths, path)) return undefined;
      if (isStopped) return stoppedResponse();
      const what = `web path ${path}`;
      const params = (crossing: WireRequest) => ({
        request: crossing,
        ...(requestId !== undefined && { requestId }),
      });
      return fetchOver(current(), request, Fetch, params, { what, timeoutMs });
    },
    health,
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}
