import { callbackName } from "./callback-name.js";
import type { Category, ChainMethods } from "./category.js";
import { callbacksOf, participantsOf, type Contribution } from "./contribution.js";

/** The chains of modules that aren't constructed: they name their callbacks, but can't be called. */
export function describedChains<C extends Category<any>>(
  category: C,
  contributions: readonly Contribution[],
): ChainMethods<C["hooks"]> {
  const participants = participantsOf(category, contributions);
  const chains = Object.keys(category.hooks as object).map((hook) => {
    const callbacks = participants.flatMap((contribution) => callbacksOf(contribution, hook)).map(callbackName);
    const chain = () => {
      throw new Error(`${category.name}.${hook} has no instances to call`);
    };
    return [hook, Object.assign(chain, { callbacks: Object.freeze(callbacks) })];
  });
  return Object.freeze(Object.fromEntries(chains)) as ChainMethods<C["hooks"]>;
}
