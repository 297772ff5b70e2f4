import type { Arrangement } from "../dispatch/arrangement.js";
import { buildCategory, type BuiltCategory } from "../dispatch/build-category.js";
import type { Category } from "../hooks/category.js";
import type { LiveContribution } from "../hooks/contribution.js";
import { Dispatch } from "../dispatch/dispatch.js";
import { CATALOGUE, type Chains, type Hooks } from "./index.js";

/** The hooks of all categories. `hooks` stays the same object; the callbacks behind it can be replaced. */
export interface BuiltHooks {
  readonly hooks: Hooks;
  /** What the hooks are made of. */
  readonly chains: Chains;
  /**
   * Replaces the callbacks of all hooks together with what modules contribute to each category, in config order. It may be
   * called again at any time: dispatches that wait for a callback keep those they started with.
   *
   * @param arrangement what is asked of callbacks beyond what modules declare
   */
  readonly setContributions: (
    contributionsTo: (category: Category) => readonly LiveContribution[],
    arrangement?: Arrangement,
  ) => void;
}

/** Hooks without callbacks yet. */
export function buildHooks(dispatch: Dispatch): BuiltHooks {
  const categories: [string, Category<any>][] = Object.entries(CATALOGUE);
  const built = categories.map(([name, category]): [string, Category, BuiltCategory<Category<any>>] => [
    name,
    category,
    buildCategory(category, dispatch),
  ]);
  return {
    hooks: Object.freeze(Object.fromEntries(built.map(([name, , { methods }]) => [name, methods]))) as Hooks,
    chains: Object.freeze(Object.fromEntries(built.map(([name, , { chains }]) => [name, chains]))) as Chains,
    setContributions(contributionsTo, arrangement) {
      // All are made before the first is set: an error leaves every hook as it was.
      const prepared = built.map(([, category, { prepare }]) => prepare(contributionsTo(category), arrangement));
      for (const replace of prepared) replace();
    },
  };
}

/** Hooks that no module answers. */
export function emptyHooks(): Hooks {
  return buildHooks(new Dispatch(Infinity)).hooks;
}
