import type { Category } from "../hooks/category.js";
import type { AnyHook } from "../hooks/hook.js";
import { CATALOGUE } from "./index.js";

/** A hook of the catalogue. */
export interface DeclaredHook {
  readonly category: Category;
  readonly name: string;
  /** `Category.hook`. */
  readonly chain: string;
  readonly hook: AnyHook;
}

/** All hooks, in the order of their categories. */
export const DECLARED_HOOKS: readonly DeclaredHook[] = Object.values<Category>(CATALOGUE).flatMap((category) =>
  Object.entries(category.hooks).map(([name, hook]) => ({ category, name, chain: `${category.name}.${name}`, hook })),
);

const BY_CHAIN: ReadonlyMap<string, DeclaredHook> = new Map(
  DECLARED_HOOKS.map((declared) => [declared.chain, declared]),
);

/** A hook by `Category.hook`; undefined for one that this version doesn't have. */
export function declaredHook(chain: string): DeclaredHook | undefined {
  return BY_CHAIN.get(chain);
}
