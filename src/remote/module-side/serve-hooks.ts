import type { Host } from "../../container/host.js";
import { caught } from "../../errors/caught.js";
import { LigandError } from "../../errors/ligand-error.js";
import { withoutSecrets } from "../../errors/without-secrets.js";
import type { AnyMethod } from "../../hooks/hook.js";
import { isThenable } from "../../hooks/answer-predicates.js";
import { andThen } from "../../hooks/and-then.js";
import type { MaybePromise } from "../../hooks/context.js";
import { deadlineTimeout } from "../../dispatch/callback-timeout.js";
import { LateState } from "../../hooks/late-state.js";
import { positionOf } from "../../hooks/parameter.js";
import { secretsOf } from "../../hooks/secrets-of.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { expectMembers } from "../wire/expect-members.js";
import type { IncomingRequest } from "../wire/incoming-request.js";
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
  type RemoteHook,
  type Wire,
} from "../wire/protocol.js";
import { decode, encode } from "../wire/wire.js";
import { categoryNamed, chainOf, type ServedChain } from "../../container/chain-of.js";
import { WireContext } from "./wire-context.js";
import { deadlineOf, isOverdue } from "./call-deadline.js";
import { KeptArguments } from "./kept-arguments.js";
import { answerWebRequest } from "./serve-web.js";

/** What serving needs from the side that has the modules. */
export interface ServeOptions {
  /** The introduction for a homeserver. Throws what start-up would throw before it runs modules' code. */
  readonly introduce: (homeserver: HomeserverInfo) => Promise<ModulesInfo>;
  /** Called with the reason why a homeserver wasn't introduced. */
  readonly refused?: (error: unknown) => void;
  /** The running modules; starts them if need be. Throws what start-up throws. */
  readonly host: () => MaybePromise<Host>;
  /** What callbacks look at while these modules run. */
  readonly hooks: (host: Host) => readonly RemoteHook[];
  /** Wraps each answer. Throws if nothing may be answered any more. */
  readonly around?: <T>(what: AnswerInfo, answer: () => MaybePromise<T>) => MaybePromise<T>;
}

/** Which answer is being made. */
export interface AnswerInfo {
  /** The hook, the web path, or the method of the protocol. */
  readonly what: string;
  /** `Category.hook`, where it is the call of a hook. */
  readonly hook?: string;
  readonly requestId?: string | undefined;
  /** Cancelled when the homeserver gives up on the answer. */
  readonly request?: IncomingRequest;
}

/** Answers a homeserver with the hooks and the web resources of a host. */
export function serveHooks(peer: Peer, handles: PeerHandles, options: ServeOptions): void {
  const { introduce, refused, host, hooks, around = (_, answer) => answer() } = options;
  let isIntroduced = false;
  let callTimeoutMs: number | null | undefined;
  const requireIntroduction = () => {
    if (isIntroduced) return;
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
        isIntroduced = true;
        ({ callTimeoutMs } = homeserver);
        return info;
      } catch (error) {
        refused?.(error);
        throw error;
      }
    }),
  );
  peer.answer(Start, () => around({ what: Start.method }, async () => hooks(await introduced())));
  peer.answer(CallHook, (call, request) => {
    expectMembers(call, HOOK_CALL, CallHook.method);
    expectMembers(call.context, HOOK_CONTEXT, `${CallHook.method}: context`);
    const { category, hook } = call;
    const context = inTime(call.context, callTimeoutMs, handles);
    const name = categoryNamed(category)?.name;
    const info =
      name === undefined
        ? { what: `hook ${category}.${hook}` }
        : { what: `hook ${name}.${hook}`, hook: `${name}.${hook}` };
    return around({ ...info, requestId: context.requestId, request }, () =>
      andThen(introduced(), (started) => callHook(started, { ...call, context }, request, handles)),
    );
  });
  peer.answer(Fetch, async (params, call) => {
    expectMembers(params, { request: "object", requestId: "string?" }, Fetch.method);
    const { request, requestId } = params;
    requireIntroduction();
    const what = `web path ${new URL(request.url).pathname}`;
    const answer = await answerWebRequest(
      request,
      call.signal,
      handles,
      (respond) => around({ what, requestId, request: call }, respond),
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
    callTimeoutMs: "number?",
  } as const satisfies Omit<Record<keyof HomeserverInfo, string>, "protocol">;
  expectMembers(homeserver, members, Initialize.method);
}

const HOOK_CALL = { category: "string", hook: "string", args: "list", context: "object" } as const;
const HOOK_CONTEXT = { requestId: "string?", origin: "string?", deadline: "number?" } as const;

/** The same context, with a deadline that comes before the homeserver gives the call up. */
function inTime(
  context: HookCall["context"],
  callTimeoutMs: number | null | undefined,
  { runtime }: PeerHandles,
): HookCall["context"] {
  if (typeof callTimeoutMs !== "number") return context;
  return { ...context, deadline: Math.min(deadlineOf(callTimeoutMs, runtime), context.deadline ?? Infinity) };
}

function callHook(
  host: Host,
  call: HookCall,
  request: IncomingRequest,
  handles: PeerHandles,
): MaybePromise<HookAnswer> {
  const { category, hook, args } = call;
  const chain = chainOf(host, category, hook);
  if (!chain) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `there is no hook ${category}.${hook} in this version of Ligand`);
  }
  const { length } = chain.parameters;
  if (args.length > length) {
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `hook ${chain.name} has ${length} arguments, and was asked with ${args.length}`,
    );
  }
  const late = lateState(chain, args, handles);
  const awaited = late < 0 ? args : args.with(late, null);
  return andThen(handles.states.completeAll(awaited, request), (whole) =>
    answerHook(chain, whole, late, call, request, handles),
  );
}

/** The position of a state that came in part, and whose rest only callbacks in shadow look at; -1 if there is none. */
function lateState({ method, parameters }: ServedChain, args: readonly Wire[], handles: PeerHandles): number {
  const position = positionOf(parameters, "state");
  const { wanted, awaited } = method;
  if (awaited === wanted || position < 0 || !handles.states.isPart(args[position] ?? null)) return -1;
  return awaited.stateAbout(decode(args[0]!, handles))?.length === 0 ? position : -1;
}

/**
 * @param whole the arguments, each with all that belongs to it
 * @param late the position of a state that isn't waited for
 */
function answerHook(
  { name, method, parameters }: ServedChain,
  whole: readonly Wire[],
  late: number,
  { context, args }: HookCall,
  request: IncomingRequest,
  handles: PeerHandles,
): MaybePromise<HookAnswer> {
  // What was not sent no callback looks at.
  const given = parameters.map((_, position) =>
    position < whole.length ? decode(whole[position]!, handles) : undefined,
  );
  if (late >= 0) {
    given[late] = new LateState(async () => decode(await handles.states.complete(args[late]!), handles));
  }
  const own = new WireContext(context, request);
  const kept = new KeptArguments(args, handles, own);
  const least = method.wanted.about(given[0]).parameters;
  if (whole.length < least) {
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `hook ${name} has callbacks that look at ${least} arguments, and was asked with ${whole.length}`,
    );
  }
  const answer = (result: unknown): HookAnswer => {
    const changed = parameters.flatMap(({ mutable }, position) =>
      mutable && position < whole.length ? [[position, encode(given[position], handles)] as const] : [],
    );
    return {
      result: encode(result, handles),
      ...(changed.length > 0 && { changed: Object.fromEntries(changed) }),
      ...(kept.keep() && { keeps: true }),
    };
  };
  const fail = (error: unknown): never => {
    // A `MatrixError` is what the module wants the client to see.
    throw error instanceof MatrixError ? error : withoutSecrets(caught(error), secretsOf(parameters, given));
  };
  let result: unknown;
  try {
    result = (method as AnyMethod)(...given, own);
  } catch (error) {
    return fail(error);
  }
  if (!isThenable(result)) return answer(result);
  // Callbacks that were given up have nothing else by which they notice it.
  const end = () => isOverdue(context.deadline, handles.runtime) && request.cancel(deadlineTimeout());
  return Promise.resolve(result).then(
    (settled) => (end(), answer(settled)),
    (error: unknown) => (end(), fail(error)),
  );
}
