import { CATALOGUE } from "../catalogue/index.js";
import type { Host } from "../container/host.js";
import { LigandError } from "../errors/ligand-error.js";
import type { AnyHook, Parameter } from "../hooks/hook.js";
import type { Peer } from "./peer.js";
import type { PeerHandles } from "./peer-handles.js";
import {
  CallHook,
  Fetch,
  Initialize,
  PROTOCOL_VERSION,
  Start,
  type HomeserverInfo,
  type HookAnswer,
  type HookCall,
  type ModulesInfo,
} from "./protocol.js";
import { decode, encode } from "./wire.js";
import { decodeRequest, encodeResponse } from "./wire-http.js";

/** What serving needs of the side that has modules. */
export interface ServeOptions {
  /** What to tell a homeserver that says who it is. Throws what start-up would throw before it runs code of modules. */
  readonly introduce: (homeserver: HomeserverInfo) => Promise<ModulesInfo>;
  /** The running modules; starts them if need be. Throws what start-up throws. */
  readonly host: () => Promise<Host>;
  /** Called round each answer that runs code of modules. */
  readonly around?: <T>(answer: () => Promise<T>) => Promise<T>;
}

/** Answers a homeserver by the hooks and the web resources of a host. */
export function serveHooks(peer: Peer, handles: PeerHandles, options: ServeOptions): void {
  const { introduce, host, around = (answer) => answer() } = options;
  let isIntroduced = false;
  const introduced = () => {
    if (isIntroduced) return host();
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `${Initialize.method} must be the first request of a connection`);
  };
  peer.answer(Initialize, async (homeserver) => {
    if (homeserver.protocol !== PROTOCOL_VERSION) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `the homeserver speaks version ${homeserver.protocol} of the protocol; the modules speak version ${PROTOCOL_VERSION}`,
      );
    }
    const info = await introduce(homeserver);
    isIntroduced = true;
    return info;
  });
  peer.answer(Start, async () => {
    await introduced();
    return null;
  });
  peer.answer(CallHook, (call, signal) => around(async () => callHook(await introduced(), call, signal, handles)));
  peer.answer(Fetch, async ({ request, requestId }, signal) => {
    const incoming = decodeRequest(request, signal);
    handles.remember(incoming, request.id);
    const response = await around(async () =>
      (await introduced()).fetch(incoming, requestId === undefined ? {} : { requestId }),
    );
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

type Method = (...args: unknown[]) => unknown;

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
