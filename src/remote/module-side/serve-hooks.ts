import type { Host } from "../../container/host.js";
import { caught } from "../../errors/caught.js";
import { LigandError } from "../../errors/ligand-error.js";
import { withoutSecrets } from "../../errors/without-secrets.js";
import type { AnyMethod } from "../../hooks/hook.js";
import { secretsOf } from "../../hooks/secrets-of.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { expectMembers } from "../wire/expect-members.js";
import type { Peer } from "../wire/peer.js";
import type { PeerHandles } from "../wire/peer-handles.js";
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
} from "../wire/protocol.js";
import { decode, encode } from "../wire/wire.js";
import { categoryNamed, chainOf } from "../../container/chain-of.js";
import { startedHooks } from "../../container/modules-info.js";
import { answerWebRequest } from "./serve-web.js";

/** What serving needs from the side that has the modules. */
export interface ServeOptions {
  /** The introduction for a homeserver. Throws what start-up would throw before it runs modules' code. */
  readonly introduce: (homeserver: HomeserverInfo) => Promise<ModulesInfo>;
  /** Called with the reason why a homeserver wasn't introduced. */
  readonly refused?: (error: unknown) => void;
  /** The running modules; starts them if need be. Throws what start-up throws. */
  readonly host: () => Promise<Host>;
  /** Wraps each answer. Throws if nothing may be answered any more. */
  readonly around?: <T>(what: AnswerInfo, answer: () => Promise<T>) => Promise<T>;
}

/** Which answer is being made. */
export interface AnswerInfo {
  /** The hook, the web path, or the method of the protocol. */
  readonly what: string;
  /** `Category.hook`, where it is the call of a hook. */
  readonly hook?: string;
  readonly requestId?: string | undefined;
  /** Aborted when the homeserver gives up on the answer. */
  readonly signal?: AbortSignal;
}

/** Answers a homeserver with the hooks and the web resources of a host. */
export function serveHooks(peer: Peer, handles: PeerHandles, options: ServeOptions): void {
  const { introduce, refused, host, around = (_, answer) => answer() } = options;
  let hooks: ModulesInfo["hooks"] | undefined;
  const requireIntroduction = () => {
    if (hooks) return hooks;
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `${Initialize.method} must be the first request of a connection`);
  };
  const introduced = () => {
    requireIntroduction();
    return host();
  };
  peer.answer(Initialize, (homeserver) =>
    around({ what: Initialize.method }, async () => {
      try {
        checkHomeserver(homeserver);
        const info = await introduce(homeserver);
        ({ hooks } = info);
        return info;
      } catch (error) {
        refused?.(error);
        throw error;
      }
    }),
  );
  peer.answer(Start, () =>
    around({ what: Start.method }, async () => {
      const declared = requireIntroduction();
      return startedHooks(declared, await host());
    }),
  );
  peer.answer(CallHook, async (call, { signal }) => {
    expectMembers(call, { category: "string", hook: "string", args: "list", context: "object" }, CallHook.method);
    expectMembers(call.context, { requestId: "string?", origin: "string?" }, `${CallHook.method}: context`);
    const { category, hook, context } = call;
    const name = categoryNamed(category)?.name;
    const info = { what: `hook ${category}.${hook}`, ...(name !== undefined && { hook: `${name}.${hook}` }) };
    return around({ ...info, requestId: context.requestId, signal }, async () =>
      callHook(await introduced(), call, signal, handles),
    );
  });
  peer.answer(Fetch, async (params, { signal }) => {
    expectMembers(params, { request: "object", requestId: "string?" }, Fetch.method);
    const { request, requestId } = params;
    requireIntroduction();
    const what = `web path ${new URL(request.url).pathname}`;
    const answer = await answerWebRequest(
      request,
      signal,
      handles,
      (respond) => around({ what, requestId, signal }, respond),
      async (incoming) => (await introduced()).fetch(incoming, requestId === undefined ? {} : { requestId }),
    );
    return answer ?? null;
  });
}

/** @throws {LigandError} `LIGAND_REMOTE_PROTOCOL`, checking the version first: other versions introduce themselves differently. */
function checkHomeserver(homeserver: HomeserverInfo): void {
  expectMembers(homeserver, { protocol: "number" }, Initialize.method);
  if (homeserver.protocol !== PROTOCOL_VERSION) {
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `the homeserver speaks version ${homeserver.protocol} of the protocol, but the modules speak version ${PROTOCOL_VERSION}`,
    );
  }
  const members = {
    software: "string",
    serverName: "string",
    publicBaseUrl: "string",
    emailAppName: "string",
    workerName: "string?",
    workerApp: "string?",
    customTemplateDir: "string?",
    runsBackgroundTasks: "boolean",
    services: "list",
  } as const satisfies Omit<Record<keyof HomeserverInfo, string>, "protocol">;
  expectMembers(homeserver, members, Initialize.method);
}

async function callHook(host: Host, call: HookCall, signal: AbortSignal, handles: PeerHandles): Promise<HookAnswer> {
  const { category, hook, args, context } = call;
  const chain = chainOf(host, category, hook);
  if (!chain) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `there is no hook ${category}.${hook} in this version of Ligand`);
  }
  const { method, parameters } = chain;
  const asked = `and was asked with ${args.length}`;
  if (args.length > parameters.length) {
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `hook ${category}.${hook} has ${parameters.length} arguments, ${asked}`,
    );
  }
  const whole = await Promise.all(args.map((arg) => handles.states.complete(arg, signal)));
  // What was not sent no callback looks at.
  const given = parameters.map((_, position) =>
    position < whole.length ? decode(whole[position]!, handles) : undefined,
  );
  const least = method.wanted.about(given[0]).parameters;
  if (args.length < least) {
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `hook ${category}.${hook} has callbacks that look at ${least} arguments, ${asked}`,
    );
  }
  let result: unknown;
  try {
    result = await (method as AnyMethod)(...given, { ...context, signal });
  } catch (error) {
    // A `MatrixError` is what the module wants the client to see.
    throw error instanceof MatrixError ? error : withoutSecrets(caught(error), secretsOf(parameters, given));
  }
  const changed = parameters.flatMap(({ mutable }, position) =>
    mutable && position < args.length ? [[position, encode(given[position], handles)] as const] : [],
  );
  return { result: encode(result, handles), ...(changed.length > 0 && { changed: Object.fromEntries(changed) }) };
}
