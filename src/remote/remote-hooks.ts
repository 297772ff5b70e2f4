import { CATALOGUE, type Hooks } from "../catalogue/index.js";
import { LigandError } from "../errors/ligand-error.js";
import { NO_CONTEXT, type HookContext } from "../hooks/context.js";
import type { AnyHook, AnyMethod, CallbackName, Parameter } from "../hooks/hook.js";
import type { Peer } from "./peer.js";
import { copyInto, type PeerHandles } from "./peer-handles.js";
import {
  CallHook,
  Fetch,
  Initialize,
  PROTOCOL_VERSION,
  Start,
  type HomeserverInfo,
  type ModulesInfo,
} from "./protocol.js";
import { decode, encode } from "./wire.js";
import { decodeResponse, encodeRequest } from "./wire-http.js";

/** Modules in another process, to be asked like those of a host. */
export interface RemoteHost {
  readonly hooks: Hooks;
  /** What the other side said of its modules. */
  readonly info: ModulesInfo;
  /** As `Host.fetch`. */
  fetch(request: Request, options?: { readonly requestId?: string }): Promise<Response | undefined>;
}

/**
 * Introduces a homeserver to the modules at the other end of a connection, and gives their hooks.
 *
 * @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` when the two sides do not understand each other, `LIGAND_REMOTE_LOST`
 *   when the connection ends, and what start-up of the modules throws.
 */
export async function remoteHost(
  peer: Peer,
  handles: PeerHandles,
  homeserver: Omit<HomeserverInfo, "protocol">,
): Promise<RemoteHost> {
  const info = await peer.ask(Initialize, { protocol: PROTOCOL_VERSION, ...homeserver }, "the modules");
  await peer.ask(Start, {}, "the modules");
  let requests = 0;
  if (info.protocol !== PROTOCOL_VERSION) {
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `the modules speak version ${info.protocol} of the protocol, this homeserver speaks version ${PROTOCOL_VERSION}`,
    );
  }
  return {
    info,
    hooks: remoteHooks(peer, handles, info),
    async fetch(incoming, { requestId } = {}) {
      const path = new URL(incoming.url).pathname;
      if (!info.webPaths.some((served) => path === served.path || path.startsWith(`${served.path}/`))) return undefined;
      const params = {
        request: await encodeRequest(incoming, ++requests),
        ...(requestId !== undefined && { requestId }),
      };
      const response = await peer.ask(Fetch, params, `web path ${path}`, incoming.signal);
      return response ? decodeResponse(response) : undefined;
    },
  };
}

/** Hooks that no module answers give what an empty chain gives, without a word to the other side. */
function remoteHooks(peer: Peer, handles: PeerHandles, info: ModulesInfo): Hooks {
  const categories = Object.entries(CATALOGUE).map(([category, { hooks }]) => {
    const methods = Object.entries(hooks as Record<string, AnyHook>)
      .filter(([, declared]) => !declared.keyed)
      .map(([hook, declared]) => {
        const callbacks = info.hooks.find((one) => one.category === category && one.hook === hook)?.callbacks ?? [];
        return [hook, methodOf(peer, handles, category, hook, declared, callbacks)];
      });
    return [category, Object.fromEntries(methods) as Record<string, unknown>] as const;
  });
  const all = Object.fromEntries(categories);
  const authChecker = CATALOGUE.passwordAuth.hooks.authChecker;
  const offered = info.loginTypes.flatMap(({ callbacks }) => callbacks);
  Object.assign(all["passwordAuth"]!, {
    loginTypes: info.loginTypes,
    checkAuth: methodOf(peer, handles, "passwordAuth", "checkAuth", authChecker, offered),
  });
  return all as unknown as Hooks;
}

function methodOf(
  peer: Peer,
  handles: PeerHandles,
  category: string,
  hook: string,
  declared: AnyHook,
  callbacks: readonly CallbackName[],
): AnyMethod & { readonly callbacks: readonly CallbackName[] } {
  const parameters = declared.parameters as readonly Parameter[];
  const { strategy, next } = declared;
  if (callbacks.length === 0 && !next) return Object.assign(() => strategy.done(strategy.start()), { callbacks });
  const method = async (...given: unknown[]) => {
    const { signal, ...context } = (given[parameters.length] as HookContext | undefined) ?? NO_CONTEXT;
    const args = await Promise.all(given.slice(0, parameters.length).map(load));
    const call = { category, hook, context, args: args.map((arg) => encode(arg, handles)) };
    const answer = await peer.ask(CallHook, call, `hook ${category}.${hook}`, signal);
    for (const [position, value] of Object.entries(answer.changed ?? {})) {
      copyInto(args[Number(position)], decode(value, handles));
    }
    return decode(answer.result, handles);
  };
  return Object.assign(method, { callbacks });

  /** An argument that the homeserver gave as a function is loaded here: only its value can cross. */
  function load(value: unknown, position: number): unknown {
    return parameters[position]?.lazy && typeof value === "function" ? (value as () => unknown)() : value;
  }
}
