import { CATALOGUE } from "../catalogue/index.js";
import type { Host } from "../container/host.js";
import { LigandError } from "../errors/ligand-error.js";
import type { AnyHook, CallbackName, Parameter } from "../hooks/hook.js";
import { referenceName } from "../hooks/reference-name.js";
import type { Peer } from "./peer.js";
import type { PeerHandles } from "./peer-handles.js";
import {
  CallHook,
  Fetch,
  Initialize,
  PROTOCOL_VERSION,
  type HomeserverInfo,
  type HookAnswer,
  type HookCall,
  type ModulesInfo,
  type RemoteHook,
} from "./protocol.js";
import { decode, encode } from "./wire.js";
import { decodeRequest, encodeResponse } from "./wire-http.js";

/** What serving needs of the side that has modules. */
export interface ServeOptions {
  /**
   * The host to ask, once a homeserver has said who it is. Called once per connection; throws what start-up throws.
   */
  readonly host: (homeserver: HomeserverInfo) => Promise<Host>;
  /** The version of Ligand. */
  readonly version: string;
  /** Differs for each start of the modules. */
  readonly instance: string;
  /** Called round each answer that runs code of modules. */
  readonly around?: <T>(answer: () => Promise<T>) => Promise<T>;
}

/** Answers a homeserver by the hooks and the web resources of a host. */
export function serveHooks(
  peer: Peer,
  handles: PeerHandles,
  { host, version, instance, around = (answer) => answer() }: ServeOptions,
): void {
  let connected: Host | undefined;
  const connectedHost = () => {
    if (connected) return connected;
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `${Initialize.method} must be the first request of a connection`);
  };
  peer.answer(Initialize, async (homeserver) => {
    if (homeserver.protocol !== PROTOCOL_VERSION) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `the homeserver speaks version ${homeserver.protocol} of the protocol, Ligand ${version} speaks version ${PROTOCOL_VERSION}`,
      );
    }
    connected = await host(homeserver);
    return modulesInfo(connected, version, instance);
  });
  peer.answer(CallHook, (call, signal) => around(() => callHook(connectedHost(), call, signal, handles)));
  peer.answer(Fetch, async ({ request, requestId }, signal) => {
    const incoming = decodeRequest(request, signal);
    handles.remember(incoming, request.id);
    const response = await around(() => connectedHost().fetch(incoming, requestId === undefined ? {} : { requestId }));
    return response ? encodeResponse(response) : null;
  });
}

async function callHook(host: Host, call: HookCall, signal: AbortSignal, handles: PeerHandles): Promise<HookAnswer> {
  const { category, hook, args, context } = call;
  const method = methodOf(host, category, hook);
  const given = args.map((arg) => decode(arg, handles));
  const result: unknown = await method(...given, { ...context, signal });
  const changed = parametersOf(category, hook).flatMap(({ mutable }, position) =>
    mutable ? [[position, encode(given[position], handles)] as const] : [],
  );
  return { result: encode(result, handles), ...(changed.length > 0 && { changed: Object.fromEntries(changed) }) };
}

type Method = ((...args: unknown[]) => unknown) & { readonly callbacks?: readonly CallbackName[] };

/** @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` for a hook that this version does not have. */
function methodOf(host: Host, category: string, hook: string): Method {
  const methods = ownMember(host.hooks, category);
  const method = methods && ownMember(methods as object, hook);
  if (typeof method === "function") return method as Method;
  throw new LigandError("LIGAND_REMOTE_PROTOCOL", `there is no hook ${category}.${hook} in this version of Ligand`);
}

function ownMember(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

function parametersOf(category: string, hook: string): readonly Parameter[] {
  const hooks: Readonly<Record<string, AnyHook>> = CATALOGUE[category as keyof typeof CATALOGUE].hooks;
  return hooks[hook]?.parameters ?? [];
}

function modulesInfo(host: Host, version: string, instance: string): ModulesInfo {
  return {
    protocol: PROTOCOL_VERSION,
    ligand: version,
    instance,
    modules: host.modules.map(({ id, name }) => ({ id, name })),
    hooks: Object.entries(CATALOGUE).flatMap(([category, { hooks }]) =>
      Object.entries(hooks as Record<string, AnyHook>).flatMap(([hook, declared]) =>
        remoteHook(host, category, hook, declared),
      ),
    ),
    loginTypes: host.hooks.passwordAuth.loginTypes,
    webPaths: host.webPaths.map(({ path, module, methods }) => ({ path, module: module.id, methods })),
  };
}

/** A hook that modules answer; none for a keyed hook, which has no method, and for one without callbacks. */
function remoteHook(host: Host, category: string, hook: string, declared: AnyHook): RemoteHook[] {
  if (declared.keyed) return [];
  const { callbacks = [] } = methodOf(host, category, hook);
  if (callbacks.length === 0) return [];
  return [{ category, hook, referenceName: referenceName(hook, declared), status: declared.status, callbacks }];
}
