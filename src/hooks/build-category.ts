import type { Problem } from "../errors/problem.js";
import { ERRORS, type ErrorCode } from "../errors/catalogue.js";
import { isThenable } from "./answers.js";
import type { Call } from "./calls.js";
import type { Category, CategoryMethods } from "./category.js";
import { Chain, type ChainCallback } from "./chain.js";
import { NO_CONTEXT, type HookContext } from "./context.js";
import type { ContributingModule, Contribution } from "./contribution.js";
import type { AnyHook, AnyMethod, CallbackName, HookMethod, Parameter } from "./hook.js";
import type { Watchdog } from "./watchdog.js";

/** What building the hooks of a category gives and needs beside the category itself. */
export interface BuildContext {
  readonly watchdog: Watchdog;
  /** Every chain that is built is added. */
  readonly chains: Chain[];
  /** Every rule of registration that is broken is added. */
  readonly problems: Problem[];
}

/** The chains of a category's hooks, as the methods by which the homeserver asks them. */
export function buildCategory<C extends Category<any>>(
  category: C,
  contributions: readonly Contribution[],
  context: BuildContext,
): CategoryMethods<C> {
  const heard = category.firstModuleOnly ? firstOnly(category, contributions) : contributions;
  const methods: Record<string, AnyMethod> = {};
  const exposed: Record<string, unknown> = {};
  for (const [name, hook] of Object.entries(category.hooks as Record<string, AnyHook>)) {
    const callbacks = callbacksOn(name, heard);
    checkRegistrations(category, name, hook, heard, context.problems);
    const chainOf = (of: readonly ChainCallback[]) => {
      const chain = new Chain(`${category.name}.${name}`, hook, of, context.watchdog);
      context.chains.push(chain);
      return methodOf(chain, hook, () => hook.next && methods[hook.next.hook]);
    };
    if (hook.keyed) Object.assign(exposed, hook.keyed.expose(callbacks, chainOf, context.problems));
    else methods[name] = chainOf(callbacks);
  }
  return Object.freeze({ ...methods, ...exposed }) as CategoryMethods<C>;
}

/** Warns about the modules that a category does not hear. */
function firstOnly(category: Category, [first, ...others]: readonly Contribution[]): Contribution[] {
  for (const { module, log } of others) {
    log.warn(
      `module ${module.id} is not heard in ${category.name}: only the first module of the configuration is, which is ${first?.module.id}`,
      { category: category.name },
    );
  }
  return first ? [first] : [];
}

function callbacksOn(hook: string, contributions: readonly Contribution[]): ChainCallback[] {
  return contributions.flatMap(({ module, log, instance, registrations }) =>
    registrations
      .filter((registration) => registration.hook === hook)
      .map(({ method, options }) => ({
        module,
        log,
        name: `${instance.constructor.name}.${String(method)}`,
        call: (instance as Record<string | symbol, Call>)[method]!.bind(instance) as Call,
        options,
      })),
  );
}

/** The rules about which hooks a module registers together, and which hook has one owner. */
function checkRegistrations(
  category: Category,
  name: string,
  hook: AnyHook,
  contributions: readonly Contribution[],
  problems: Problem[],
): void {
  const owners = contributions.filter(({ registrations }) =>
    registrations.some((registration) => registration.hook === name),
  );
  for (const { module, registrations } of owners) {
    for (const required of (hook.requires ?? []).filter((other) => registrations.every(({ hook }) => hook !== other))) {
      problems.push(
        problemOf(
          "LIGAND_HOOK_REQUIRES",
          module,
          `module ${module.id} registers ${category.name}.${name} without ${category.name}.${required}; expected both`,
        ),
      );
    }
  }
  const [first, ...others] = hook.singleOwner ? owners : [];
  for (const { module } of others) {
    problems.push(
      problemOf(
        "LIGAND_HOOK_SINGLE_OWNER",
        module,
        `modules ${first?.module.id} and ${module.id} both register ${category.name}.${name}; only one module may`,
      ),
    );
  }
}

/** A problem of a module, at the place where the configuration lists it. */
export function problemOf(code: ErrorCode, module: ContributingModule, message: string): Problem {
  return { code, message, remedy: ERRORS[code].remedy, ...(module.position && { position: module.position }) };
}

/** The walk of a chain as a function of the hook's own arguments and, last and optional, the context. */
function methodOf(chain: Chain, hook: AnyHook, next: () => AnyMethod | undefined): HookMethod<AnyHook> {
  const parameters = hook.parameters as readonly Parameter[];
  const asked = lazily(ENTRANCES[parameters.length]!(chain), chain, parameters);
  const method = hook.next ? thenNext(asked, hook, next) : asked;
  const callbacks: readonly CallbackName[] = Object.freeze(
    chain.callbacks.map(({ module, name }) => Object.freeze({ module: module.id, name })),
  );
  return Object.assign(method, { callbacks });
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
