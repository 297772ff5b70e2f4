import type { CallbackName } from "../hooks/callback-name.js";
import { andThen } from "../hooks/and-then.js";
import type { Chain } from "./chain.js";
import { NO_CONTEXT, type HookContext } from "../hooks/context.js";
import type { Interest } from "../hooks/contribution.js";
import type { AnyHook, AnyMethod, HookMethod } from "../hooks/hook.js";
import { LateState } from "../hooks/late-state.js";
import { positionOf, type Parameter } from "../hooks/parameter.js";
import type { Plan } from "./plan.js";
import type { WantedArguments } from "../hooks/wanted-arguments.js";

/** The method of a hook on this side of a wire: what is sent to it is what its callbacks look at. */
export interface ChainMethod<H extends AnyHook = AnyHook> extends HookMethod<H> {
  /** What each of the callbacks looks at, those in shadow included. */
  readonly interests: readonly Interest[];
  /** The callbacks by name, those in shadow included. */
  readonly called: readonly CallbackName[];
  /** What those look at together that are asked about an event. */
  readonly wanted: WantedArguments;
  /** The same, without what only those in shadow look at. */
  readonly awaited: WantedArguments;
}

/** A dispatch as a function of the hook's own arguments and, last and optional, the context. */
export function chainMethod(chain: Chain, { parameters }: AnyHook): ChainMethod {
  const method = loadingState(ENTRANCES[(parameters as readonly Parameter[]).length]!(chain), parameters, chain);
  return Object.defineProperties(method, { [CHAIN]: { value: chain }, ...MEMBERS }) as ChainMethod;
}

/** By what the members of a method find its chain. */
const CHAIN = Symbol("chain");

/** The same for all methods: with functions of its own, each would have a shape of its own, which a call has to read. */
const MEMBERS = {
  callbacks: { enumerable: true, ...member("names") },
  interests: member("interests"),
  called: member("called"),
  wanted: member("wanted"),
  awaited: member("awaited"),
};

function member(name: keyof Plan): { get(this: { readonly [CHAIN]: Chain }): unknown } {
  return {
    get() {
      return this[CHAIN].plan[name];
    },
  };
}

/** By the number of arguments: spreading a list would cost on every dispatch. */
const ENTRANCES: readonly ((chain: Chain) => AnyMethod)[] = [
  (chain) =>
    (context: HookContext = NO_CONTEXT) =>
      chain.run(context, context),
  (chain) =>
    (a: unknown, context: HookContext = NO_CONTEXT) =>
      chain.run(context, a, context),
  (chain) =>
    (a: unknown, b: unknown, context: HookContext = NO_CONTEXT) =>
      chain.run(context, a, b, context),
  (chain) =>
    (a: unknown, b: unknown, c: unknown, context: HookContext = NO_CONTEXT) =>
      chain.run(context, a, b, c, context),
  (chain) =>
    (a: unknown, b: unknown, c: unknown, d: unknown, context: HookContext = NO_CONTEXT) =>
      chain.run(context, a, b, c, d, context),
  (chain) =>
    (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, context: HookContext = NO_CONTEXT) =>
      chain.run(context, a, b, c, d, e, context),
];

/** Loads a state that the homeserver passed as a function, as far as callbacks look at it. */
function loadingState(method: AnyMethod, parameters: readonly Parameter[], chain: Chain): AnyMethod {
  const position = positionOf(parameters, "state");
  if (position < 0) return method;
  const ask = (...args: unknown[]): unknown => {
    const load = args[position];
    if (typeof load !== "function") return method(...args) as unknown;
    const { wanted, awaited } = chain.plan;
    const part = wanted.stateAbout(args[0]);
    if (part?.length === 0) return method(...args.with(position, undefined)) as unknown;
    if (awaited !== wanted && awaited.stateAbout(args[0])?.length === 0) {
      const late = LateState.loading(() => load(part ?? undefined) as unknown);
      return method(...args.with(position, late)) as unknown;
    }
    return andThen(load(part ?? undefined) as unknown, (state) =>
      // Callbacks that replaced others meanwhile may look at more.
      chain.plan.wanted === wanted ? (method(...args.with(position, state)) as unknown) : ask(...args),
    );
  };
  return ask;
}
