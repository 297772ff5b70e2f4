import { CancellationTokenSource, type MessageConnection } from "vscode-jsonrpc";
import { CATALOGUE, type Hooks } from "../catalogue/index.js";
import { LigandError } from "../errors/ligand-error.js";
import { NO_CONTEXT, type HookContext } from "../hooks/context.js";
import type { AnyHook, AnyMethod, CallbackName, Parameter } from "../hooks/hook.js";
import { ConnectionHandles, copyInto } from "./connection-handles.js";
import { CallHook, Fetch, Initialize, PROTOCOL_VERSION, type HomeserverInfo, type ModulesInfo } from "./protocol.js";
import { decode, encode } from "./wire.js";
import { decodeError } from "./wire-errors.js";
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
  connection: MessageConnection,
  homeserver: Omit<HomeserverInfo, "protocol">,
): Promise<RemoteHost> {
  const handles = new ConnectionHandles(connection);
  const info = await request(
    () => connection.sendRequest(Initialize, { protocol: PROTOCOL_VERSION, ...homeserver }),
    "the modules",
  );
  if (info.protocol !== PROTOCOL_VERSION) {
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `the modules speak version ${info.protocol} of the protocol, this homeserver speaks version ${PROTOCOL_VERSION}`,
    );
  }
  return {
    info,
    hooks: remoteHooks(connection, handles, info),
    async fetch(incoming, { requestId } = {}) {
      const path = new URL(incoming.url).pathname;
      if (!info.webPaths.some((served) => path === served.path || path.startsWith(`${served.path}/`))) return undefined;
      const params = { request: await encodeRequest(incoming), ...(requestId !== undefined && { requestId }) };
      const response = await cancellable(incoming.signal, (token) =>
        request(() => connection.sendRequest(Fetch, params, token), `web path ${path}`),
      );
      return response ? decodeResponse(response) : undefined;
    },
  };
}

/** Hooks that no module answers give what an empty chain gives, without a word to the other side. */
function remoteHooks(connection: MessageConnection, handles: ConnectionHandles, info: ModulesInfo): Hooks {
  const categories = Object.entries(CATALOGUE).map(([category, { hooks }]) => {
    const methods = Object.entries(hooks as Record<string, AnyHook>)
      .filter(([, declared]) => !declared.keyed)
      .map(([hook, declared]) => {
        const callbacks = info.hooks.find((one) => one.category === category && one.hook === hook)?.callbacks ?? [];
        return [hook, methodOf(connection, handles, category, hook, declared, callbacks)];
      });
    return [category, Object.fromEntries(methods) as Record<string, unknown>] as const;
  });
  const all = Object.fromEntries(categories);
  const authChecker = CATALOGUE.passwordAuth.hooks.authChecker;
  const offered = info.loginTypes.flatMap(({ callbacks }) => callbacks);
  Object.assign(all["passwordAuth"]!, {
    loginTypes: info.loginTypes,
    checkAuth: methodOf(connection, handles, "passwordAuth", "checkAuth", authChecker, offered),
  });
  return all as unknown as Hooks;
}

function methodOf(
  connection: MessageConnection,
  handles: ConnectionHandles,
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
    const answer = await cancellable(signal, (token) =>
      request(() => connection.sendRequest(CallHook, call, token), `hook ${category}.${hook}`),
    );
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

async function request<T>(send: () => Promise<T>, what: string): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw decodeError(error, what);
  }
}

async function cancellable<T>(
  signal: AbortSignal | undefined,
  use: (token: CancellationTokenSource["token"]) => Promise<T>,
): Promise<T> {
  const source = new CancellationTokenSource();
  const cancel = () => source.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    return await use(source.token);
  } finally {
    signal?.removeEventListener("abort", cancel);
    source.dispose();
  }
}
