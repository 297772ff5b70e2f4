import type { ServiceIdentifier } from "inversify";
import { LigandError } from "../errors/ligand-error.js";
import type { CallbackName } from "./callback-name.js";
import type { LiveContribution } from "./contribution.js";
import type { AnyHook, AnyMethod, HookMethod } from "./hook.js";

/** The hooks of a category, by name. */
export type HooksByName = Readonly<Record<string, AnyHook>>;

/** A method for each hook of a category, which calls its chain and nothing else. */
export type ChainMethods<Hooks extends HooksByName> = { readonly [Name in keyof Hooks]: HookMethod<Hooks[Name]> };

/** What a category declares. */
export interface CategorySpec<Hooks extends HooksByName, Methods = ChainMethods<Hooks>> {
  /** The name of the decorator object, such as `SpamChecker`. */
  readonly name: string;
  /** One sentence: what the category's hooks are about. */
  readonly summary: string;
  /** The version of Synapse that introduced it. */
  readonly since: string;
  readonly hooks: Hooks;
  /** What Synapse names the registration of its hooks by, where that doesn't follow from the name. */
  readonly referenceName?: string;
  /** Only the first module of the configuration takes part; a warning names the others. */
  readonly firstModuleOnly?: true;
  /**
   * Makes the category's member of `host.hooks`, if it isn't a method for each hook. It's called once: values that
   * depend on the callbacks are getters.
   */
  methods?(chains: ChainMethods<Hooks>): Methods;
}

/** A group of hooks: one decorator object, one property of `host.hooks`, one injection token. */
export interface Category<Hooks extends HooksByName = HooksByName, Methods = any> extends CategorySpec<Hooks, Methods> {
  /** The name of the property of `host.hooks`, such as `spamChecker`. */
  readonly property: string;
  /** Multi-bound: one {@link LiveContribution} per module that registers a hook of the category, in config order. */
  readonly token: ServiceIdentifier<LiveContribution>;
}

/** How many arguments a dispatch has room for, besides the context. */
const MAX_PARAMETERS = 5;

/**
 * Declares a category.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a hook of more than five parameters.
 */
export function category<const Name extends string, Hooks extends HooksByName, Methods = ChainMethods<Hooks>>(
  spec: CategorySpec<Hooks, Methods> & { readonly name: Name },
): Category<Hooks, Methods> & { readonly property: Uncapitalize<Name> } {
  for (const [hook, { parameters }] of Object.entries(spec.hooks)) {
    const { length } = parameters as readonly unknown[];
    if (length > MAX_PARAMETERS) throw tooManyParameters(`${spec.name}.${hook}`, length);
  }
  const property = (spec.name[0]?.toLowerCase() + spec.name.slice(1)) as Uncapitalize<Name>;
  return Object.freeze({ ...spec, property, token: Symbol(`ligand:${spec.name}`) });
}

function tooManyParameters(hook: string, found: number): LigandError {
  return new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `the hook ${hook} has ${found} parameters; expected at most ${MAX_PARAMETERS}`,
    { remedy: "Combine related parameters into one object." },
  );
}

/** What `host.hooks` has for a category. */
export type CategoryMethods<C extends Category<any>> =
  C extends Category<any, infer Methods> ? Readonly<Methods> : never;

/** What `host.hooks` has for a category whose hooks are asked by these methods, wherever those run. */
export function methodsOf<C extends Category<any>>(category: C, chains: ChainMethods<C["hooks"]>): CategoryMethods<C> {
  return Object.freeze(category.methods?.(chains) ?? chains) as CategoryMethods<C>;
}

/** A method that replaces a chain's, and names the same callbacks. */
export function methodFor<Method extends AnyMethod>(
  chain: { readonly callbacks: readonly CallbackName[] },
  method: Method,
): Method & { readonly callbacks: readonly CallbackName[] } {
  return Object.defineProperty(method, "callbacks", { enumerable: true, get: () => chain.callbacks }) as Method & {
    readonly callbacks: readonly CallbackName[];
  };
}
