import { isThenable } from "./answers.js";
import { asDeclared, type WrapCall } from "./calls.js";
import type { Category, CategoryMethods } from "./category.js";
import type { Chain } from "./chain.js";
import { NO_CONTEXT, type HookContext } from "./context.js";
import { callbacksOf, type Call, type ChainCallback, type LiveContribution } from "./contribution.js";
import { positionOf, type AnyHook, type AnyMethod, type HookMethod, type Parameter } from "./hook.js";
import { interestOf } from "./interest.js";
import { narrowing } from "./narrowing.js";
import type { Dispatch } from "./dispatch.js";

/** The hooks of a category. The methods stay the same objects, and the callbacks that they run can be replaced. */
export interface BuiltCategory<C extends Category<any>> {
  readonly methods: CategoryMethods<C>;
  /** Replaces the callbacks of every hook. A dispatch that waits for a callback keeps those it began with. */
  readonly setContributions: (contributions: readonly LiveContribution[]) => void;
}

/** A category whose hooks have no callbacks yet. */
export function buildCategory<C extends Category<any>>(category: C, dispatch: Dispatch): BuiltCategory<C> {
  const methods: Record<string, AnyMethod> = {};
  const hooks = Object.entries(category.hooks as Record<string, AnyHook>).map(([name, hook]) => {
    const title = `${category.name}.${name}`;
    const newChain = () => dispatch.newChain(title, hook);
    if (hook.keyed) return { name, hook, title, setCallbacks: expose(methods, hook, hook.keyed, dispatch, newChain) };
    const chain = newChain();
    methods[name] = methodOf(chain, hook, () => hook.next && methods[hook.next.hook]);
    return { name, hook, title, setCallbacks: (callbacks: readonly ChainCallback[]) => chain.setCallbacks(callbacks) };
  });
  return {
    methods: Object.freeze(methods) as CategoryMethods<C>,
    setContributions(contributions) {
      const heard = category.firstModuleOnly ? firstOnly(category, contributions) : contributions;
      for (const { name, hook, title, setCallbacks } of hooks) {
        setCallbacks(heard.flatMap((contribution) => chainCallbacks(contribution, name, hook, title, dispatch.wrap)));
      }
    },
  };
}

/** Gives a category what a keyed hook has in the place of its method: functions that stay, and values as they are now. */
function expose(
  methods: object,
  hook: AnyHook,
  keyed: NonNullable<AnyHook["keyed"]>,
  { chains }: Dispatch,
  newChain: () => Chain,
): (callbacks: readonly ChainCallback[]) => void {
  const own = new Set<Chain>();
  const exposedBy = (callbacks: readonly ChainCallback[]) => {
    for (const chain of own) chains.delete(chain);
    own.clear();
    return keyed.expose(callbacks, (of) => {
      const chain = newChain();
      chain.setCallbacks(of);
      own.add(chain);
      return methodOf(chain, hook, () => undefined);
    }) as Record<string, unknown>;
  };
  let exposed = exposedBy([]);
  for (const [name, member] of Object.entries(exposed)) {
    const stays = (...args: unknown[]) => (exposed[name] as AnyMethod)(...args) as unknown;
    Object.defineProperty(methods, name, {
      enumerable: true,
      get: () => (typeof member === "function" ? stays : exposed[name]),
    });
  }
  return (callbacks) => {
    exposed = exposedBy(callbacks);
  };
}

/** Warns about the modules that a category does not hear. */
function firstOnly(category: Category, [first, ...others]: readonly LiveContribution[]): LiveContribution[] {
  for (const { module, log } of others) {
    log.warn(
      `module ${module.id} is not heard in ${category.name}: only the first module of the configuration is, which is ${first?.module.id}`,
      { category: category.name },
    );
  }
  return first ? [first] : [];
}

function chainCallbacks(
  contribution: LiveContribution,
  name: string,
  hook: AnyHook,
  title: string,
  wrap: WrapCall | undefined,
): ChainCallback[] {
  const { instance, log } = contribution;
  return callbacksOf(contribution, name).map((callback) => {
    // Through the instance, so that a subclass's override is what runs.
    const called = (instance as Record<string | symbol, Call>)[callback.method]!;
    const interest = interestOf(hook, called, callback.only);
    const call = asDeclared(called.bind(instance) as Call, hook);
    // Narrowing is outermost: nothing is copied, wrapped or counted for a callback that isn't asked.
    const wrapped = wrap ? wrap(call, callback, title) : call;
    return { ...callback, log, interest, call: narrowing(wrapped, hook, callback.only) };
  });
}

/** A dispatch as a function of the hook's own arguments and, last and optional, the context. */
function methodOf(chain: Chain, hook: AnyHook, next: () => AnyMethod | undefined): HookMethod<AnyHook> {
  const parameters = hook.parameters as readonly Parameter[];
  const asked = loadingState(ENTRANCES[parameters.length]!(chain), hook, chain);
  const method = hook.next ? thenNext(asked, hook, next) : asked;
  Object.defineProperties(method, {
    callbacks: { enumerable: true, get: () => chain.plan.names },
    interests: { get: () => chain.plan.interests },
    wanted: { get: () => chain.plan.wanted },
  });
  // A homeserver that asks the next hook itself asks this one alone.
  return Object.assign(method as HookMethod<AnyHook>, hook.next && { alone: asked });
}

/** By the number of arguments: no entrance spreads a list, which would cost on every dispatch. */
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

/** Loads a state that the homeserver gave as a function: what callbacks look at of it. */
function loadingState(method: AnyMethod, hook: AnyHook, chain: Chain): AnyMethod {
  const position = positionOf(hook, "state");
  if (position < 0) return method;
  const ask = (...args: unknown[]): unknown => {
    const load = args[position];
    if (typeof load !== "function") return method(...args) as unknown;
    const { wanted } = chain.plan;
    const part = wanted.stateAbout(args[0]);
    if (part?.length === 0) return method(...args.with(position, undefined)) as unknown;
    const loaded: unknown = load(part ?? undefined);
    if (!isThenable(loaded)) return method(...args.with(position, loaded)) as unknown;
    return Promise.resolve(loaded).then((value) =>
      // Callbacks that were put in the place of others meanwhile may look at more.
      chain.plan.wanted === wanted ? (method(...args.with(position, value)) as unknown) : ask(...args),
    );
  };
  return ask;
}

/** Asks the next hook when every callback of this one let the question pass. */
function thenNext(method: AnyMethod, hook: AnyHook, next: () => AnyMethod | undefined): AnyMethod {
  const parameters = hook.parameters as readonly Parameter[];
  return (...args: unknown[]) => {
    const goOn = (result: unknown): unknown => {
      if (result !== hook.strategy.pass) return result;
      const nextArgs = hook.next!.args(...args.slice(0, parameters.length));
      return next()!(...nextArgs, args[parameters.length] ?? NO_CONTEXT);
    };
    const result: unknown = method(...args);
    return isThenable(result) ? Promise.resolve(result).then(goOn) : goOn(result);
  };
}
