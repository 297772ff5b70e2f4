import type { Container } from "inversify";
import { CATALOGUE, type Hooks } from "../catalogue/index.js";
import { buildCategory } from "../hooks/build-category.js";
import type { Category } from "../hooks/category.js";
import type { Dispatch } from "../hooks/dispatch.js";

/** The hooks of all categories, each built from the ordered multi-injection of its token. */
export function buildHooks(services: Container, dispatch: Dispatch): Hooks {
  const categories: [string, Category<any>][] = Object.entries(CATALOGUE);
  return Object.freeze(
    Object.fromEntries(
      categories.map(([name, category]) => [name, buildCategory(category, services.getAll(category.token), dispatch)]),
    ),
  ) as Hooks;
}
