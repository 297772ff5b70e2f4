import { CATALOGUE, type Hooks } from "../../catalogue/index.js";
import type { BackgroundUpdateSlot } from "../../catalogue/background-updates.js";
import { CancelledError } from "../../errors/cancelled-error.js";
import { LigandError } from "../../errors/ligand-error.js";
import { NO_CONTEXT, type HookContext } from "../../hooks/context.js";
import type { AnyHook, AnyMethod, CallbackName, Parameter } from "../../hooks/hook.js";
import { copyInto } from "../wire/peer-handles.js";
import { CallHook, type HookAnswer, type ModulesInfo } from "../wire/protocol.js";
import { isLoss, type Link } from "./link.js";
import { decode, encode } from "../wire/wire.js";

/** A call of a hook that came to nothing because of the connection. */
export interface LostCall {
  /** `Category.hook`, as logs name it. */
  readonly hook: string;
  /** The ids of the modules that answer the hook. */
  readonly modules: readonly string[];
  readonly requestId?: string;
}

/** How modules in another process are asked. */
export interface RemoteHooksOptions {
  /** What the other side said of its modules. */
  readonly info: ModulesInfo;
  /** The connection as it is now. Throws `LIGAND_REMOTE_LOST` while there is none. */
  readonly link: () => Link;
  /** Called before each call. What it throws is an error of the caller's, and no loss. */
  readonly before?: (() => void) | undefined;
  /** After how many milliseconds an answer is not waited for any more. */
  readonly timeoutMs?: number | undefined;
  /** Told of each call that came to nothing because of the connection. Where it is given, the hook's policy decides. */
  readonly onLoss?: ((error: LigandError, call: LostCall) => void) | undefined;
  /** Told of each answer that is not of the protocol. Where it is given, that call counts as lost. */
  readonly onNonsense?: ((error: LigandError) => void) | undefined;
}

/** Hooks that no module answers give what an empty chain gives, without a word to the other side. */
export function remoteHooks(options: RemoteHooksOptions): Hooks {
  const { info } = options;
  const callbacksOf = (category: string, hook: string) =>
    info.hooks.find((one) => one.category === category && one.hook === hook)?.callbacks ?? [];
  const all = Object.fromEntries(
    Object.entries(CATALOGUE).map(([category, { hooks }]) => {
      const methods = Object.entries(hooks as Record<string, AnyHook>)
        .filter(([, declared]) => !declared.keyed)
        .map(([hook, declared]) => {
          const callbacks = callbacksOf(category, hook);
          const isAnswered =
            callbacks.length > 0 || Boolean(declared.next && callbacksOf(category, declared.next.hook)[0]);
          const call = isAnswered ? remoteMethod(options, category, hook, declared, callbacks) : emptyMethod(declared);
          return [hook, Object.assign(call, { callbacks })];
        });
      return [category, Object.fromEntries(methods) as Record<string, unknown>];
    }),
  );
  const { authChecker } = CATALOGUE.passwordAuth.hooks;
  const checkers = info.loginTypes.flatMap(({ callbacks }) => callbacks);
  const checkAuth = remoteMethod(options, "passwordAuth", "checkAuth", authChecker, checkers);
  const isOffered = (loginType: unknown) => info.loginTypes.some(({ type }) => type === loginType);
  all["passwordAuth"] = {
    ...all["passwordAuth"],
    loginTypes: info.loginTypes,
    checkAuth: (...args: unknown[]) => (isOffered(args[1]) ? checkAuth(...args) : undefined),
  };
  const onUpdate = all["backgroundUpdates"]!["onUpdate"] as AnyMethod & { readonly callbacks: readonly CallbackName[] };
  if (onUpdate.callbacks.length > 0) {
    all["backgroundUpdates"]!["onUpdate"] = Object.assign((...args: unknown[]) => slotOf(onUpdate(...args)), {
      callbacks: onUpdate.callbacks,
    });
  }
  return all as unknown as Hooks;
}

function emptyMethod({ strategy }: AnyHook): AnyMethod {
  return () => strategy.done(strategy.start()) as unknown;
}

function remoteMethod(
  options: RemoteHooksOptions,
  category: string,
  hook: string,
  declared: AnyHook,
  callbacks: readonly CallbackName[],
): AnyMethod {
  const { link, before, timeoutMs, onLoss, onNonsense } = options;
  const parameters = declared.parameters as readonly Parameter[];
  const what = `hook ${category}.${hook}`;
  const ask = async (args: unknown[], { signal, ...context }: HookContext): Promise<unknown> => {
    if (declared.shield && signal?.aborted) throw cancelled(context.requestId, signal.reason);
    const { peer, handles } = link();
    const loaded = await Promise.all(args.map(load));
    const lent: number[] = [];
    // What a late answer brings nobody will use: it is released once it was looked at.
    const discard = ({ result }: HookAnswer) => void decode(result, handles);
    try {
      for (const arg of loaded) if (arg instanceof Request) lent.push(await handles.lend(arg));
      const call = { category, hook, context, args: loaded.map((arg) => encode(arg, handles)) };
      const answer = await peer.ask(CallHook, call, what, { signal, timeoutMs, discard });
      try {
        for (const [position, value] of Object.entries(answer.changed ?? {})) {
          copyInto(loaded[Number(position)], decode(value, handles));
        }
        // No hook comes to null; an empty chain comes to undefined, for which JSON has no form.
        return decode(answer.result, handles) ?? undefined;
      } catch (error) {
        throw nonsense(error);
      }
    } finally {
      for (const id of lent) handles.takeBack(id);
    }
  };
  return async (...given: unknown[]) => {
    const args = parameters.map((_, position) => given[position]);
    const context = (given[parameters.length] as HookContext | undefined) ?? NO_CONTEXT;
    before?.();
    try {
      return await ask(args, context);
    } catch (error) {
      if (!onLoss || !isLoss(error)) throw error;
      const { requestId } = context;
      onLoss(error, {
        hook: `${CATALOGUE[category as keyof Hooks].name}.${hook}`,
        modules: [...new Set(callbacks.map(({ module }) => module))],
        ...(requestId !== undefined && { requestId }),
      });
      return byPolicy(declared, error, what);
    }
  };

  /** Where nobody looks after the other side, its error is that of the call. */
  function nonsense(error: unknown): unknown {
    if (!onNonsense) return error;
    const lost = new LigandError("LIGAND_REMOTE_LOST", `${what}: the answer is not of the protocol`, { cause: error });
    onNonsense(lost);
    return lost;
  }

  /** An argument that the homeserver gave as a function is loaded here: only its value can cross. */
  function load(value: unknown, position: number): unknown {
    return parameters[position]?.lazy && typeof value === "function" ? (value as () => unknown)() : value;
  }
}

/** What a hook comes to when all callbacks fail alike: as its failure policy has it. */
function byPolicy({ failure, strategy }: AnyHook, error: LigandError, what: string): unknown {
  const outcome = failure.outcome(error, what);
  if (outcome.kind === "propagate") throw outcome.error;
  return strategy.done(strategy.start());
}

/** The hook answers at once, and the slot that the module gives is waited for when it is entered. */
function slotOf(answer: Promise<BackgroundUpdateSlot>): BackgroundUpdateSlot {
  // Whoever enters the slot sees the error; until then it is not lost, but early.
  answer.catch(() => undefined);
  return {
    enter: async () => (await answer).enter(),
    exit: async (...args) => (await answer).exit(...args),
  };
}

function cancelled(requestId: string | undefined, cause: unknown): CancelledError {
  return new CancelledError(requestId === undefined ? undefined : `request ${requestId} was cancelled`, { cause });
}
