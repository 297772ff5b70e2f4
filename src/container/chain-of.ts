import { CATALOGUE } from "../catalogue/index.js";
import { chainsOf, type Host } from "./host.js";
import type { ChainMethod } from "../dispatch/chain-method.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";

/** A hook of this version, as a homeserver in another process asks it. */
export interface ServedChain {
  /** `Category.hook`. */
  readonly name: string;
  readonly method: ChainMethod;
  readonly parameters: readonly Parameter[];
}

/**
 * The chain of a host's hook; undefined for an unknown hook.
 *
 * @param property the category, as the property of `host.hooks`
 */
export function chainOf(host: Host, property: string, hook: string): ServedChain | undefined {
  const category = categoryNamed(property);
  const chains = ownMember(chainsOf(host), property);
  const declared = category && ownMember<Readonly<Record<string, AnyHook>>>(category.hooks, hook);
  const method = chains && ownMember<Readonly<Record<string, unknown>>>(chains, hook);
  return (
    declared && { name: `${category.name}.${hook}`, method: method as ChainMethod, parameters: declared.parameters }
  );
}

/** The category of a property of `host.hooks`; undefined for an unknown one. */
export function categoryNamed(property: string): (typeof CATALOGUE)[keyof typeof CATALOGUE] | undefined {
  return ownMember(CATALOGUE, property);
}

function ownMember<T extends object>(object: T, name: string): T[keyof T] | undefined {
  return Object.hasOwn(object, name) ? object[name as keyof T] : undefined;
}
