import { asDeclared, type WrapCall } from "./calls.js";
import { methodsOf, type Category, type CategoryMethods, type ChainMethods } from "./category.js";
import { chainMethod } from "./chain-method.js";
import { callbacksOf, type Call, type ChainCallback, type LiveContribution } from "./contribution.js";
import type { Dispatch } from "./dispatch.js";
import type { AnyHook } from "./hook.js";
import { interestOf } from "./interest.js";

/** The hooks of a category. The methods stay the same objects, and the callbacks that they run can be replaced. */
export interface BuiltCategory<C extends Category<any>> {
  /** A method for each hook: what a homeserver in another process asks. */
  readonly chains: ChainMethods<C["hooks"]>;
  /** What the homeserver asks. */
  readonly methods: CategoryMethods<C>;
  /** Replaces the callbacks of every hook. A dispatch that waits for a callback keeps those it began with. */
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
      const heard = category.firstModuleOnly ? firstOnly(category, contributions) : contributions;
      for (const { name, hook, chain } of hooks) {
        chain.setCallbacks(
          heard.flatMap((contribution) => chainCallbacks(contribution, name, hook, chain.name, dispatch.wrap)),
        );
      }
    },
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
    const interest = interestOf(hook, called, callback.options);
    const call = asDeclared(called.bind(instance) as Call, hook);
    // The decorator's options are outermost: for what they pass over, nothing is copied, wrapped or counted.
    const wrapped = wrap ? wrap(call, callback, chain) : call;
    return { ...callback, log, interest, call: hook.decorator.wrap?.(wrapped, callback.options) ?? wrapped };
  });
}
