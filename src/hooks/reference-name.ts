import type { Category } from "./category.js";
import type { AnyHook } from "./hook.js";

/** Synapse's name of a hook: ours in snake case, unless the hook says otherwise. */
export function referenceName(name: string, hook: Pick<AnyHook, "referenceName">): string {
  return hook.referenceName ?? snakeCase(name);
}

/** The method of Synapse's `ModuleApi` that registers the hooks of a category. */
export function registeringMethod({
  property,
  referenceName: named,
}: Pick<Category, "property" | "referenceName">): string {
  return `register_${named ?? snakeCase(property)}_callbacks`;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]|\d+/g, (start) => `_${start.toLowerCase()}`);
}
