import type { Host } from "../container/host.js";
import type { MaybePromise } from "../hooks/context.js";
import { being, callable, checkOptions, required, type OptionRules } from "../options/check-options.js";
import type { ServedInspector, ServeInspectorOptions } from "./serve-inspector.js";

// The pages are loaded when they're first needed: most hosts do without them.

/** Who may see an inspector, and where your homeserver has it. @public */
export interface InspectorOptions {
  /**
   * Whether a request may see the inspector, which shows who does what, and reload the configuration. Called for each
   * request: nothing else stands before it.
   */
  readonly authorize: (request: Request) => MaybePromise<boolean>;
  /** The path that your homeserver mounts it at, such as `/_ligand`. The root by default. */
  readonly path?: string;
}

const PATH = being("a path such as `/_ligand`, without a slash at its end", (value) =>
  /^(?:\/[\w.~-]+)*$/.test(String(value)),
);
const RULES: OptionRules<InspectorOptions> = { authorize: required(callable), path: PATH };

/**
 * The inspector, as a function from `Request` to `Response` for your homeserver: pages that show the modules and how they
 * are doing, and what they decide, live. From the call on, decisions are recorded for it, in memory.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for invalid or misspelt options, or without `authorize`.
 *
 * @public
 */
export function inspector(host: Host, options: InspectorOptions): (request: Request) => Promise<Response> {
  checkOptions("inspector", options, RULES);
  const { path = "" } = options;
  const authorize: (asked: Request) => unknown = options.authorize;
  const loading = load(host, path);
  // What can't be loaded fails each request.
  loading.catch(() => undefined);
  return async (request) => {
    const { app, guardedFetch, refusal } = await loading;
    // Only `true` lets in: JavaScript may return what is only truthy.
    const gate = async () => ((await authorize(request)) === true ? undefined : refusal(403, "You may not see this."));
    return guardedFetch([gate], (asked) => app.fetch(asked))(request);
  };
}

async function load(host: Host, path: string) {
  const [{ createApp }, { Inspected }, { guardedFetch, refusal }] = await Promise.all([
    import("./app.js"),
    import("./inspected.js"),
    import("./guarded-fetch.js"),
  ]);
  const inspected = new Inspected(() => host.reload());
  inspected.show(host);
  return { app: createApp(inspected, path), guardedFetch, refusal };
}

/**
 * Serves the inspector of a host at an address of its own, as `ligand serve --inspector` does. On a port, it asks for a
 * token, which is in a file that only the user of this process can read.
 *
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`; `LIGAND_ARGUMENT_INVALID` for invalid or misspelt options, and for an
 *   address that other machines can reach, without `hosts` and `tls`.
 *
 * @public
 */
export async function serveInspector(host: Host, options: ServeInspectorOptions): Promise<ServedInspector> {
  const [{ serveInspected }, { Inspected }] = await Promise.all([
    import("./serve-inspector.js"),
    import("./inspected.js"),
  ]);
  const inspected = new Inspected(() => host.reload());
  const served = await serveInspected(inspected, options);
  inspected.show(host);
  return served;
}
