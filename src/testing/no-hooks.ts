import { CATALOGUE, type Hooks } from "../catalogue/index.js";
import { buildCategory } from "../hooks/build-category.js";
import type { Category } from "../hooks/category.js";
import { Dispatch } from "../hooks/dispatch.js";

/** Hooks that no module answers: those of a homeserver whose modules have not started. */
export function noHooks(): Hooks {
  const dispatch = new Dispatch(Infinity);
  const categories: [string, Category<any>][] = Object.entries(CATALOGUE);
  return Object.fromEntries(
    categories.map(([name, category]) => [name, buildCategory(category, [], dispatch)]),
  ) as unknown as Hooks;
}
