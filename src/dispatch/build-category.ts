import { arranged, type Arrangement } from "./arrangement.js";
import { watchingFunctions } from "./watching-functions.js";
import { asDeclared } from "./callback-wrappers.js";
import { methodsOf, type Category, type CategoryMethods, type ChainMethods } from "../hooks/category.js";
import { chainMethod } from "./chain-method.js";
import {
  callbacksOf,
  type Call,
  type ChainCallback,
  type LiveContribution,
  type RemoteCallback,
} from "../hooks/contribution.js";
import type { Dispatch } from "./dispatch.js";
import type { AnyHook } from "../hooks/hook.js";
import { interestOf } from "../hooks/interest.js";
import { LaterFailures } from "../hooks/later-failures.js";
import { remoteCallback } from "./remote-callback.js";

/** The hooks of a category. The methods stay the same objects; the callbacks that they run can be replaced. */
export interface BuiltCategory<C extends Category<any>> {
  /** A method for each hook, for a homeserver in another process. */
  readonly chains: ChainMethods<C["hooks"]>;
  /** The members of `host.hooks`. */
  readonly methods: CategoryMethods<C>;
  /**
   * Makes the callbacks of every hook, and nothing else yet.
   *
   * @returns what replaces the callbacks. A dispatch that's waiting for a callback keeps those it started with.
   */
  readonly prepare: (contributions: readonly LiveContribution[], arrangement?: Arrangement) => () => void;
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
    prepare(contributions, arrangement = {}) {
      const callbacksOn = hooks.map(({ name, hook, chain }) =>
        contributions.map((contribution) => chainCallbacks(contribution, name, hook, chain.name, arrangement)),
      );
      const takesPart = category.firstModuleOnly ? firstOnly(category, contributions, callbacksOn) : () => true;
      const prepared = hooks.map(({ hook, chain }, position) => {
        const all = callbacksOn[position]!.filter((_, index) => takesPart(index)).flat();
        const callbacks = all.filter(({ shadow }) => !shadow || arrangement.shadows);
        return { chain, callbacks: arrangement.join?.(callbacks, hook, chain.name) ?? callbacks };
      });
      return () => {
        for (const { chain, callbacks } of prepared) chain.setCallbacks(callbacks, arrangement.shadows);
      };
    },
  };
}

/**
 * Warns about modules that a category ignores. Modules in shadow aren't: they decide nothing.
 *
 * @param callbacksOn by hook and by contribution
 * @returns whether a contribution takes part
 */
function firstOnly(
  category: Category,
  contributions: readonly LiveContribution[],
  callbacksOn: readonly (readonly ChainCallback[])[][],
): (index: number) => boolean {
  const isEnforced = (index: number) => callbacksOn.some((each) => each[index]!.some(({ shadow }) => !shadow));
  const [first, ...others] = [...contributions.keys()].filter(isEnforced);
  for (const index of others) {
    const { module, log } = contributions[index]!;
    log.warn(
      `module ${module.id} is ignored in ${category.name}: only the first module of the configuration takes part, which is ${contributions[first!]!.module.id}`,
      { category: category.name },
    );
  }
  return (index) => !others.includes(index);
}

function chainCallbacks(
  contribution: LiveContribution,
  name: string,
  hook: AnyHook,
  chain: string,
  arrangement: Arrangement,
): ChainCallback[] {
  const { instance, log } = contribution;
  return callbacksOf(contribution, name).flatMap((callback) => {
    // Through the instance, so that a subclass's override runs.
    const called = (instance as Record<string | symbol, Function>)[callback.method]!;
    const interest = interestOf(hook, called, callback.options);
    const remote = remoteCallback(instance, callback, hook, chain);
    const own = remote?.call ?? asDeclared(called.bind(instance) as Call, hook);
    const later = hook.answers.functions && { later: new LaterFailures() };
    const bound = { ...callback, log, called, interest, call: own, ...later };
    const watched = (call: Call) => watchingFunctions({ ...bound, call }, hook, chain);
    const plain = { ...bound, call: watched(own), ...(remote && { remote }), ...callAsOf(remote, watched) };
    // The decorator's options come first: for events they skip, nothing is matched, copied, wrapped or counted.
    return arranged(plain, hook, chain, arrangement).map((each) =>
      narrowed(each === plain ? each : withoutRemote(each), hook),
    );
  });
}

function callAsOf(remote: RemoteCallback | undefined, watched: (call: Call) => Call): Pick<ChainCallback, "callAs"> {
  return remote ? { callAs: (how) => watched(remote.callAs(how)) } : {};
}

/** What is asked of it must not hold for its neighbours: it isn't called together with them. */
function withoutRemote({ remote: _, ...callback }: ChainCallback): ChainCallback {
  return callback;
}

/** The same callback, only for what its decorator's options say. */
function narrowed(callback: ChainCallback, { decorator }: AnyHook): ChainCallback {
  const call = decorator.wrap?.(callback.call, callback.options) ?? callback.call;
  return call === callback.call ? callback : { ...callback, call };
}
