import { isThenable } from "./answers.js";
import type { WrapCall } from "./calls.js";
import type { Category, CategoryMethods } from "./category.js";
import { ChainSlot } from "./chain-slot.js";
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
    const chain = `${category.name}.${name}`;
    const newSlot = () => new ChainSlot(chain, hook, dispatch.watchdog, dispatch.observer);
    if (hook.keyed) return { name, hook, chain, setCallbacks: expose(methods, hook, hook.keyed, dispatch, newSlot) };
    const slot = newSlot();
    dispatch.slots.add(slot);
    methods[name] = methodOf(slot, hook, () => hook.next && methods[hook.next.hook]);
    return { name, hook, chain, setCallbacks: (callbacks: readonly ChainCallback[]) => slot.setCallbacks(callbacks) };
  });
  return {
    methods: Object.freeze(methods) as CategoryMethods<C>,
    setContributions(contributions) {
      const heard = category.firstModuleOnly ? firstOnly(category, contributions) : contributions;
      for (const { name, hook, chain, setCallbacks } of hooks) {
        setCallbacks(heard.flatMap((contribution) => chainCallbacks(contribution, name, hook, chain, dispatch.wrap)));
      }
    },
  };
}

/** Gives a category what a keyed hook has in the place of its method: functions that stay, and values as they are now. */
function expose(
  methods: object,
  hook: AnyHook,
  keyed: NonNullable<AnyHook["keyed"]>,
  { slots }: Dispatch,
  newSlot: () => ChainSlot,
): (callbacks: readonly ChainCallback[]) => void {
  const own = new Set<ChainSlot>();
  const exposedBy = (callbacks: readonly ChainCallback[]) => {
    for (const slot of own) slots.delete(slot);
    own.clear();
    return keyed.expose(callbacks, (of) => {
      const slot = newSlot();
      slot.setCallbacks(of);
      own.add(slot);
      slots.add(slot);
      return methodOf(slot, hook, () => undefined);
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
  chain: string,
  wrap: WrapCall | undefined,
): ChainCallback[] {
  const { instance, log } = contribution;
  return callbacksOf(contribution, name).map((callback) => {
    // Through the instance, so that a subclass's override is what runs.
    const called = (instance as Record<string | symbol, Call>)[callback.method]!;
    const interest = interestOf(hook, called, callback.only);
    const call = called.bind(instance) as Call;
    // What asks for no event is not asked, whatever else stands around the call.
    const wrapped = wrap ? wrap(call, callback, chain) : call;
    return { ...callback, log, interest, call: narrowing(wrapped, hook, callback.only) };
  });
}

/** The walk of a chain as a function of the hook's own arguments and, last and optional, the context. */
function methodOf(slot: ChainSlot, hook: AnyHook, next: () => AnyMethod | undefined): HookMethod<AnyHook> {
  const parameters = hook.parameters as readonly Parameter[];
  const asked = loadingState(ENTRANCES[parameters.length]!(slot), hook, slot);
  const method = hook.next ? thenNext(asked, hook, next) : asked;
  Object.defineProperties(method, {
    callbacks: { enumerable: true, get: () => slot.callbacks },
    interests: { get: () => slot.interests },
    wanted: { get: () => slot.wanted },
  });
  // A homeserver that asks the next hook itself asks this one alone.
  return Object.assign(method as HookMethod<AnyHook>, hook.next && { alone: asked });
}

/** By the number of arguments: no entrance spreads a list, which would cost on every dispatch. */
const ENTRANCES: readonly ((slot: ChainSlot) => AnyMethod)[] = [
  (slot) =>
    (context: HookContext = NO_CONTEXT) =>
      slot.chain.walk(context, context),
  (slot) =>
    (a: unknown, context: HookContext = NO_CONTEXT) =>
      slot.chain.walk(context, a, context),
  (slot) =>
    (a: unknown, b: unknown, context: HookContext = NO_CONTEXT) =>
      slot.chain.walk(context, a, b, context),
  (slot) =>
    (a: unknown, b: unknown, c: unknown, context: HookContext = NO_CONTEXT) =>
      slot.chain.walk(context, a, b, c, context),
  (slot) =>
    (a: unknown, b: unknown, c: unknown, d: unknown, context: HookContext = NO_CONTEXT) =>
      slot.chain.walk(context, a, b, c, d, context),
  (slot) =>
    (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, context: HookContext = NO_CONTEXT) =>
      slot.chain.walk(context, a, b, c, d, e, context),
];

/** Loads a state that the homeserver gave as a function: what callbacks look at of it. */
function loadingState(method: AnyMethod, hook: AnyHook, slot: ChainSlot): AnyMethod {
  const position = positionOf(hook, "state");
  if (position < 0) return method;
  const ask = (...args: unknown[]): unknown => {
    const load = args[position];
    if (typeof load !== "function") return method(...args) as unknown;
    const { wanted } = slot;
    const part = wanted.stateAbout(args[0]);
    if (part?.length === 0) return method(...args.with(position, undefined)) as unknown;
    const loaded: unknown = load(part ?? undefined);
    if (!isThenable(loaded)) return method(...args.with(position, loaded)) as unknown;
    return Promise.resolve(loaded).then((value) =>
      // Callbacks that were put in the place of others meanwhile may look at more.
      slot.wanted === wanted ? (method(...args.with(position, value)) as unknown) : ask(...args),
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
