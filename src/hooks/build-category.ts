import { watchingFunctions } from "./watching-functions.js";
import { asDeclared, type WrapCall } from "./callback-wrappers.js";
import { methodsOf, type Category, type CategoryMethods, type ChainMethods } from "./category.js";
import { chainMethod } from "./chain-method.js";
import { callbacksOf, type Call, type ChainCallback, type LiveContribution } from "./contribution.js";
import type { Dispatch } from "./dispatch.js";
import type { AnyHook } from "./hook.js";
import { interestOf } from "./interest.js";

/** The hooks of a category. The methods stay the same objects; the callbacks that they run can be replaced. */
export interface BuiltCategory<C extends Category<any>> {
  /** A method for each hook, for a homeserver in another process. */
  readonly chains: ChainMethods<C["hooks"]>;
  /** The members of `host.hooks`. */
  readonly methods: CategoryMethods<C>;
  /** Replaces the callbacks of every hook. A dispatch that's waiting for a callback keeps those it started with. */
  readonly setContributions: (contributions: readonly LiveContribution[]) => void;
}

/** A category whose hooks have no callbacks yet. */
export function buildCategory<C extends Category<any>>(category: C, dispatch: Dispatch): BuiltCategory<C> {
  const hooks = Object.entries(category.hooks as Record<string, AnyHook>).map(([name, hook]) => {
    return { name, hook, chain: dispatch.newChain(`${category.name}.${name}`, hook) };
  });
  const chains = Object.freeze(
    Object.fromEntries(hooks.map(({ name, hook, chain }) => [name, chainMethod(chain, hook)])),
  ) as ChainMethods<C["hooks"]>;
  return {
    chains,
    methods: methodsOf(category, chains),
    setContributions(contributions) {
      const participants = category.firstModuleOnly ? firstOnly(category, contributions) : contributions;
      for (const { name, hook, chain } of hooks) {
        chain.setCallbacks(
          participants.flatMap((contribution) => chainCallbacks(contribution, name, hook, chain.name, dispatch.wrap)),
        );
      }
    },
  };
}

/** Warns about modules that a category ignores. */
function firstOnly(category: Category, [first, ...others]: readonly LiveContribution[]): LiveContribution[] {
  for (const { module, log } of others) {
    log.warn(
      `module ${module.id} is ignored in ${category.name}: only the first module of the configuration takes part, which is ${first?.module.id}`,
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
    // Through the instance, so that a subclass's override runs.
    const called = (instance as Record<string | symbol, Call>)[callback.method]!;
    const interest = interestOf(hook, called, callback.options);
    const bound = { ...callback, log, interest, call: asDeclared(called.bind(instance) as Call, hook) };
    const call = watchingFunctions(bound, hook, chain);
    // The decorator's options come first: for events they skip, nothing is copied, wrapped or counted.
    const wrapped = wrap ? wrap(call, callback, chain) : call;
    return { ...bound, call: hook.decorator.wrap?.(wrapped, callback.options) ?? wrapped };
  });
}
