import type { ServiceIdentifier } from "inversify";
import type { LiveContribution } from "./contribution.js";
import type { AnyHook, HookMethod, TypesOf } from "./hook.js";

/** The hooks of a category, by name. */
export type HooksByName = Readonly<Record<string, AnyHook>>;

/** What a category declares. */
export interface CategorySpec<Hooks extends HooksByName> {
  /** The name of the decorator object, such as `SpamChecker`. */
  readonly name: string;
  /** One sentence: what the hooks of the category are about. */
  readonly summary: string;
  /** The version of Synapse that introduced it. */
  readonly since: string;
  readonly hooks: Hooks;
  /** Only the first module of the configuration takes part; a warning names the others. */
  readonly firstModuleOnly?: true;
}

/** A group of hooks: one decorator object, one property of `host.hooks`, one injection token. */
export interface Category<Hooks extends HooksByName = HooksByName> extends CategorySpec<Hooks> {
  /** The name of the property of `host.hooks`, such as `spamChecker`. */
  readonly property: string;
  /** Multi-bound: one {@link LiveContribution} per module that registers a hook of the category, in config order. */
  readonly token: ServiceIdentifier<LiveContribution>;
}

/** Declares a category. */
export function category<const Name extends string, Hooks extends HooksByName>(
  spec: CategorySpec<Hooks> & { readonly name: Name },
): Category<Hooks> & { readonly property: Uncapitalize<Name> } {
  const property = (spec.name[0]?.toLowerCase() + spec.name.slice(1)) as Uncapitalize<Name>;
  return Object.freeze({ ...spec, property, token: Symbol(`ligand:${spec.name}`) });
}

type IntersectionOf<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  member: infer Intersection,
) => void
  ? Intersection
  : never;

type PlainHooks<Hooks extends HooksByName> = {
  readonly [Name in keyof Hooks as TypesOf<Hooks[Name]>["exposed"] extends undefined ? Name : never]: HookMethod<
    Hooks[Name]
  >;
};

type ExposedByKeyedHooks<Hooks extends HooksByName> = IntersectionOf<
  Exclude<{ [Name in keyof Hooks]: TypesOf<Hooks[Name]>["exposed"] }[keyof Hooks], undefined>
>;

/** What `host.hooks` has for a category: a method per hook, and what keyed hooks expose. */
export type CategoryMethods<C extends Category<any>> = PlainHooks<C["hooks"]> & ExposedByKeyedHooks<C["hooks"]>;
