import { isThenable } from "./answers.js";
import type { Call } from "./calls.js";
import type { Category, CategoryMethods } from "./category.js";
import { Chain, type ChainCallback } from "./chain.js";
import { NO_CONTEXT, type HookContext } from "./context.js";
import { callbacksOf, type LiveContribution } from "./contribution.js";
import {
  positionOf,
  type AnyHook,
  type AnyMethod,
  type CallbackName,
  type HookMethod,
  type Parameter,
} from "./hook.js";
import { interestOf, unionOfInterests, wantedState, type EventOfInterest } from "./interest.js";
import { narrowing } from "./narrowing.js";
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
    const callbacks = heard.flatMap((contribution) => chainCallbacks(contribution, name, hook));
    const chainOf = (of: readonly ChainCallback[]) => {
      const chain = new Chain(`${category.name}.${name}`, hook, of, dispatch.watchdog, dispatch.observer);
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

function chainCallbacks(contribution: LiveContribution, name: string, hook: AnyHook): ChainCallback[] {
  const { instance, log } = contribution;
  return callbacksOf(contribution, name).map((callback) => {
    // Through the instance, so that a subclass's override is what runs.
    const called = (instance as Record<string | symbol, Call>)[callback.method]!;
    const interest = interestOf(hook, called, callback.only);
    return { ...callback, log, interest, call: narrowing(called.bind(instance), hook, callback.only) };
  });
}

/** The walk of a chain as a function of the hook's own arguments and, last and optional, the context. */
function methodOf(chain: Chain, hook: AnyHook, next: () => AnyMethod | undefined): HookMethod<AnyHook> {
  const parameters = hook.parameters as readonly Parameter[];
  const asked = loadingState(ENTRANCES[parameters.length]!(chain), hook, chain);
  const method = hook.next ? thenNext(asked, hook, next) : asked;
  const callbacks: readonly CallbackName[] = Object.freeze(
    chain.callbacks.map(({ module, name }) => Object.freeze({ module: module.id, name })),
  );
  const needed = unionOfInterests(chain.callbacks.map(({ interest }) => interest)).parameters;
  // A homeserver that asks the next hook itself asks this one alone.
  return Object.assign(method, { callbacks, needed, ...(hook.next && { alone: asked }) });
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

/** Loads a state that the homeserver gave as a function: what callbacks look at of it. */
function loadingState(method: AnyMethod, hook: AnyHook, { callbacks }: Chain): AnyMethod {
  const position = positionOf(hook, "state");
  if (position < 0) return method;
  const isAboutEvent = positionOf(hook, "event") === 0;
  const interests = callbacks.map(({ interest }) => interest);
  return (...args: unknown[]) => {
    const load = args[position];
    if (typeof load !== "function") return method(...args);
    const wanted = wantedState(interests, isAboutEvent ? (args[0] as EventOfInterest) : undefined);
    if (wanted?.length === 0) return method(...args.with(position, undefined));
    const loaded: unknown = load(wanted ?? undefined);
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
