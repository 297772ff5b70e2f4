import { isThenable } from "./answers.js";
import type { Call, WrapCall } from "./calls.js";
import type { Category, CategoryMethods } from "./category.js";
import { Chain, type ChainCallback } from "./chain.js";
import { NO_CONTEXT, type HookContext } from "./context.js";
import { callbacksOf, type LiveContribution } from "./contribution.js";
import type { AnyHook, AnyMethod, CallbackName, HookMethod, Parameter } from "./hook.js";
import type { Dispatch } from "./dispatch.js";

/** The chains of a category's hooks, as the methods by which the homeserver asks them. */
export function buildCategory<C extends Category<any>>(
  category: C,
  contributions: readonly LiveContribution[],
  dispatch: Dispatch,
): CategoryMethods<C> {
  const heard = category.firstModuleOnly ? firstOnly(category, contributions) : contributions;
  const methods: Record<string, AnyMethod> = {};
  const exposed: Record<string, unknown> = {};
  for (const [name, hook] of Object.entries(category.hooks as Record<string, AnyHook>)) {
    const chainName = `${category.name}.${name}`;
    const callbacks = heard.flatMap((contribution) => chainCallbacks(contribution, name, chainName, dispatch.wrap));
    const chainOf = (of: readonly ChainCallback[]) => {
      const chain = new Chain(chainName, hook, of, dispatch.watchdog, dispatch.observer);
      dispatch.chains.push(chain);
      return methodOf(chain, hook, () => hook.next && methods[hook.next.hook]);
    };
    if (hook.keyed) Object.assign(exposed, hook.keyed.expose(callbacks, chainOf));
    else methods[name] = chainOf(callbacks);
  }
  return Object.freeze({ ...methods, ...exposed }) as CategoryMethods<C>;
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
  hook: string,
  chain: string,
  wrap: WrapCall | undefined,
): ChainCallback[] {
  const { instance, log } = contribution;
  return callbacksOf(contribution, hook).map((callback) => {
    // Through the instance, so that a subclass's override is what runs.
    const call = (instance as Record<string | symbol, Call>)[callback.method]!.bind(instance) as Call;
    return { ...callback, log, call: wrap ? wrap(call, callback, chain) : call };
  });
}

/** The walk of a chain as a function of the hook's own arguments and, last and optional, the context. */
function methodOf(chain: Chain, hook: AnyHook, next: () => AnyMethod | undefined): HookMethod<AnyHook> {
  const parameters = hook.parameters as readonly Parameter[];
  const asked = lazily(ENTRANCES[parameters.length]!(chain), chain, parameters);
  const method = hook.next ? thenNext(asked, hook, next) : asked;
  const callbacks: readonly CallbackName[] = Object.freeze(
    chain.callbacks.map(({ module, name }) => Object.freeze({ module: module.id, name })),
  );
  // A homeserver that asks the next hook itself asks this one alone.
  return Object.assign(method, { callbacks, ...(hook.next && { alone: asked }) });
}

/** By the number of arguments: no entrance spreads a list, which would cost on every dispatch. */
const ENTRANCES: readonly ((chain: Chain) => AnyMethod)[] = [
  (chain) =>
    (context: HookContext = NO_CONTEXT) =>
      chain.walk(context, context),
  (chain) =>
    (a: unknown, context: HookContext = NO_CONTEXT) =>
      chain.walk(context, a, context),
  (chain) =>
    (a: unknown, b: unknown, context: HookContext = NO_CONTEXT) =>
      chain.walk(context, a, b, context),
  (chain) =>
    (a: unknown, b: unknown, c: unknown, context: HookContext = NO_CONTEXT) =>
      chain.walk(context, a, b, c, context),
  (chain) =>
    (a: unknown, b: unknown, c: unknown, d: unknown, context: HookContext = NO_CONTEXT) =>
      chain.walk(context, a, b, c, d, context),
  (chain) =>
    (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, context: HookContext = NO_CONTEXT) =>
      chain.walk(context, a, b, c, d, e, context),
];

/** Loads an argument that the homeserver gave as a function, unless no callback needs it. */
function lazily(method: AnyMethod, chain: Chain, parameters: readonly Parameter[]): AnyMethod {
  const position = parameters.findIndex(({ lazy }) => lazy);
  if (position < 0) return method;
  return (...args: unknown[]) => {
    const load = args[position];
    if (typeof load !== "function" || chain.isEmpty) return method(...args);
    const loaded: unknown = load();
    return isThenable(loaded)
      ? Promise.resolve(loaded).then((value) => method(...args.with(position, value)))
      : method(...args.with(position, loaded));
  };
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
