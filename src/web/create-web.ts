import { TrieRouter } from "hono/router/trie-router";
import { getPath } from "hono/utils/url";
import type { Logger } from "winston";
import { StartError } from "../errors/start-error.js";
import { Watchdog, type Watched } from "../dispatch/watchdog.js";
import type { HttpMethod } from "./http-method.js";
import type { WebModule, WebMount } from "./web-mount.js";
import { stoppedResponse } from "./error-response.js";
import { validateWebPaths } from "./web-paths.js";
import { WebRoute } from "./web-route.js";

/** A served path, and the module that serves it. */
export interface ServedPath {
  readonly path: string;
  readonly module: WebModule;
  readonly methods: readonly HttpMethod[];
}

/** The web resources of all modules. */
export interface Web {
  /** In the order of the configuration. */
  readonly paths: readonly ServedPath[];
  /** The modules that answer requests, and what the watchdog knows those by that are running. */
  readonly calls: readonly { readonly module: string; readonly report: Watched["report"] }[];
  /**
   * The response of the module that serves the request's path; undefined when none does. Never rejects.
   *
   * @param options.requestId names the request in log lines; a sequence number by default.
   */
  fetch(request: Request, options?: { readonly requestId?: string }): Promise<Response | undefined>;
  /**
   * Serves these web resources from now on, and no others. Requests already running are answered by those that they found.
   *
   * @throws StartError with every malformed or reserved path; then everything stays as it was.
   */
  setMounts(mounts: readonly WebMount[]): void;
  /** From now on requests for the modules' paths get 503. Requests already running finish normally. */
  stop(): void;
}

/**
 * Mounts web resources. If two modules serve a path, the first one in the order of `mounts` keeps it.
 *
 * @param watchdog notices requests that are never answered; without it, no one does.
 *
 * @throws StartError with every malformed or reserved path.
 */
export function createWeb(mounts: readonly WebMount[], logger: Logger, watchdog = new Watchdog(Infinity)): Web {
  let requests = 0;
  let isStopped = false;
  const mounted = (next: readonly WebMount[]) => {
    const problems = validateWebPaths(next);
    if (problems.length > 0) throw new StartError(problems);
    const routes = ownedMounts(next).map((owned) => new WebRoute(owned, logger, watchdog));
    const paths = routes.map(({ path, module, methods }) => Object.freeze({ path, module, methods }));
    const calls = routes.map(({ module, report }) => ({ module: module.id, report }));
    return { router: routerOf(routes), paths: Object.freeze(paths), calls };
  };
  let current = mounted(mounts);
  return Object.freeze({
    get calls() {
      return current.calls;
    },
    get paths() {
      return current.paths;
    },
    async fetch(request: Request, { requestId }: { readonly requestId?: string } = {}) {
      const route = current.router(request);
      if (!route) return undefined;
      if (isStopped) return stoppedResponse();
      requests += 1;
      return route.answer(request, requestId ?? `${request.method}-${requests}`);
    },
    setMounts(next: readonly WebMount[]) {
      current = mounted(next);
    },
    stop() {
      isStopped = true;
    },
  });
}

/** For each path, the mounts of the module that comes first. */
function ownedMounts(mounts: readonly WebMount[]): [WebMount, ...WebMount[]][] {
  const byPath = new Map<string, [WebMount, ...WebMount[]]>();
  for (const mount of mounts) {
    const owned = byPath.get(mount.path);
    if (!owned) byPath.set(mount.path, [mount]);
    else if (owned[0].module.id === mount.module.id) owned.push(mount);
  }
  return [...byPath.values()];
}

/** Hono's router returns matches in the order of registration, so longer paths are registered first. */
function routerOf(routes: readonly WebRoute[]): (request: Request) => WebRoute | undefined {
  const router = new TrieRouter<WebRoute>();
  for (const route of routes.toSorted((a, b) => b.path.length - a.path.length)) {
    router.add("ALL", route.path, route);
    router.add("ALL", route.path.endsWith("/") ? `${route.path}:below{.+}` : `${route.path}/*`, route);
  }
  return (request) => router.match("ALL", getPath(request))[0][0]?.[0];
}
