import { CATALOGUE, type Hooks } from "../../catalogue/index.js";
import type { BackgroundUpdateSlot } from "../../catalogue/background-updates.js";
import { matcherOf } from "../../config/operate/matcher.js";
import { CancelledError } from "../../errors/cancelled-error.js";
import { NO_CONTEXT, type HookContext } from "../../hooks/context.js";
import { methodsOf, type Category, type ChainMethods, type HooksByName } from "../../hooks/category.js";
import type { AnyHook, AnyMethod } from "../../hooks/hook.js";
import { positionOf, type Parameter } from "../../hooks/parameter.js";
import { WantedArguments } from "../../hooks/wanted-arguments.js";
import { copyInto } from "../../matrix/json.js";
import { StateMap } from "../../matrix/state-map.js";
import type { StateSelection } from "../../matrix/state-selection.js";
import { expectMembers } from "../wire/expect-members.js";
import { CallHook, type HookAnswer, type ModulesInfo, type RemoteCallback } from "../wire/protocol.js";
import type { Link } from "./link.js";
import { decode } from "../wire/wire.js";
import { Loan } from "./loan.js";

/** Options for calling modules in another process. */
export interface RemoteHooksOptions {
  /** What is known of the modules now. Only hooks that they had at first are asked. */
  readonly info: () => ModulesInfo;
  /** The current connection. Throws `LIGAND_REMOTE_LOST` while there is none. */
  readonly link: () => Link;
  /** Called before each call. If it throws, that's the caller's error, not a loss. */
  readonly before?: (() => void) | undefined;
  /** How long to wait for an answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** Calls hooks in another process. Hooks that no module answers return what an empty chain returns, without a message. */
export function remoteHooks(options: RemoteHooksOptions): Hooks {
  const answered = new Map(options.info().hooks.map((one) => [`${one.category}.${one.hook}`, one]));
  const all = Object.entries<Category>(CATALOGUE).map(([property, category]) => {
    const chains = Object.entries(category.hooks).map(([hook, declared]) => {
      const { callbacks: remote = [] } = answered.get(`${property}.${hook}`) ?? {};
      const callbacks = remote.map(({ module, name, options: given }) =>
        Object.freeze({ module, name, ...(given !== undefined && { options: given }) }),
      );
      const asked = { category: property, name: `${category.name}.${hook}`, hook, declared };
      const method = remote.length > 0 ? remoteMethod(options, asked) : emptyMethod(declared);
      return [hook, Object.assign(method, { callbacks: Object.freeze(callbacks) })];
    });
    return [property, methodsOf(category, Object.fromEntries(chains) as ChainMethods<HooksByName>)];
  });
  return Object.freeze(Object.fromEntries(all)) as Hooks;
}

function emptyMethod({ strategy }: AnyHook): AnyMethod {
  return () => strategy.done(strategy.start()) as unknown;
}

/** A hook of modules in another process. */
interface AskedHook {
  readonly category: string;
  /** `Category.hook`. */
  readonly name: string;
  readonly hook: string;
  readonly declared: AnyHook;
}

const ANSWER = { changed: "object?", keeps: "boolean?" } as const;

function remoteMethod(options: RemoteHooksOptions, asked: AskedHook): AnyMethod {
  const { link, before, timeoutMs } = options;
  const { category, name, hook, declared } = asked;
  const { length } = declared.parameters as readonly Parameter[];
  const wantedNow = wantedOf(options.info, asked);
  const what = `hook ${name}`;
  const empty = emptyMethod(declared);
  const statePosition = positionOf(declared.parameters, "state");
  const ask = async (given: readonly unknown[], { signal, ...context }: HookContext): Promise<unknown> => {
    const wanted = wantedNow();
    if (!wanted.isAsked(given)) return empty() as unknown;
    const { parameters } = wanted.about(given[0]);
    if (declared.shield && signal?.aborted) throw cancelled(context.requestId, signal.reason);
    const { peer, handles } = link();
    const args = Array.from({ length: parameters }, (_, position) => given[position]);
    if (statePosition >= 0 && statePosition < args.length) {
      args[statePosition] = await selectedState(args[statePosition], wanted.stateAbout(args[0]));
    }
    // A late answer is useless; what it carries is released after decoding.
    const discard = ({ result }: HookAnswer) => void decode(result, handles);
    const loan = await Loan.of(args, handles);
    let keeps: boolean | undefined;
    try {
      // Callbacks that replaced others meanwhile may look at more.
      if (wantedNow() !== wanted) return await ask(given, { ...context, ...(signal && { signal }) });
      const call = { category, hook, context, args: loan.crossing };
      const answer = await peer.ask(CallHook, call, what, { signal, timeoutMs, discard });
      expectMembers(answer, ANSWER, CallHook.method);
      ({ keeps } = answer);
      for (const [position, value] of Object.entries(answer.changed ?? {})) {
        copyInto(args[Number(position)], decode(value, handles));
      }
      // No hook returns null; an empty chain returns undefined, which JSON can't express.
      return decode(answer.result, handles) ?? undefined;
    } finally {
      loan.end(keeps);
    }
  };
  const method = async (...given: unknown[]) => {
    before?.();
    return ask(given, (given[length] as HookContext | undefined) ?? NO_CONTEXT);
  };
  if (!declared.synchronous) return method;
  return (...given: unknown[]) => slotOf(method(...given) as Promise<BackgroundUpdateSlot>);
}

/** What the callbacks of a hook look at, and which calls they are called for. */
class WantedCalls extends WantedArguments {
  readonly #conditions: readonly ((given: readonly unknown[]) => boolean)[];

  constructor(declared: AnyHook, callbacks: readonly RemoteCallback[]) {
    super(declared, callbacks);
    this.#conditions = callbacks.map(({ types, only, except }) => {
      const matches = matcherOf(declared, { ...(only && { only }), ...(except && { except }) });
      return (given) => {
        const event = given[0] as { readonly type?: string } | null | undefined;
        if (types && !types.includes(event?.type ?? "")) return false;
        return !matches || matches(given[0], given[1], given[2], given[3], given[4], given[5]);
      };
    });
  }

  /** Whether a callback is called, as far as that's known here: the modules decide it. */
  isAsked(given: readonly unknown[]): boolean {
    return this.#conditions.some((holds) => holds(given));
  }
}

/** What the callbacks of a hook look at now. */
function wantedOf(info: RemoteHooksOptions["info"], { category, hook, declared }: AskedHook): () => WantedCalls {
  let known: ModulesInfo["hooks"] | undefined;
  let wanted: WantedCalls;
  return () => {
    const { hooks } = info();
    if (hooks !== known) {
      known = hooks;
      const asked = hooks.find((other) => other.category === category && other.hook === hook);
      wanted = new WantedCalls(declared, asked?.callbacks ?? []);
    }
    return wanted;
  };
}

/** What callbacks look at of a state, which is loaded now if the homeserver passed a function: only its value can cross. */
async function selectedState(given: unknown, wanted: StateSelection | null): Promise<unknown> {
  if (wanted?.length === 0) return new StateMap();
  const state: unknown = await (typeof given === "function"
    ? (given as (wanted?: StateSelection) => unknown)(wanted ?? undefined)
    : given);
  return wanted && state instanceof StateMap ? state.only(wanted) : state;
}

/** A synchronous hook's answer, where the module runs in another process: the hook answers immediately, and the module's slot is awaited when it's entered. */
export function slotOf(answer: Promise<BackgroundUpdateSlot>): BackgroundUpdateSlot {
  // The code that enters the slot sees the error; until then it isn't unhandled, only early.
  answer.catch(() => undefined);
  return {
    enter: async () => (await answer).enter(),
    exit: async (...args) => (await answer).exit(...args),
  };
}

function cancelled(requestId: string | undefined, cause: unknown): CancelledError {
  return new CancelledError(requestId === undefined ? undefined : `request ${requestId} was cancelled`, { cause });
}
