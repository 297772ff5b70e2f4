import { CATALOGUE } from "../catalogue/index.js";
import { closest } from "../errors/did-you-mean.js";
import { methodsOf, type Category } from "../hooks/category.js";
import { describedChains } from "../hooks/described-chains.js";
import type { AnyHook, HookStatus } from "../hooks/hook.js";
import { facetsOf, type Facet, type Parameter, type ParameterKind } from "../hooks/parameter.js";
import type { Refusal } from "../hooks/refusal.js";
import { referenceName } from "../hooks/reference-name.js";
import type { Privacy } from "../matrix/privacy.js";

/** The catalogue as plain data; `ligand hooks --json` writes a list of these. */
export interface ListedCategory {
  readonly category: string;
  /** The property of `host.hooks`. */
  readonly property: string;
  readonly summary: string;
  readonly since: string;
  /** What `host.hooks` has for the category beside methods of its hooks, where it has more. */
  readonly members?: readonly string[];
  readonly hooks: readonly ListedHook[];
}

export interface ListedHook {
  readonly hook: string;
  readonly referenceName: string;
  readonly since: string;
  readonly status: HookStatus;
  readonly summary: string;
  readonly parameters: readonly ListedParameter[];
  readonly answers: string;
  readonly strategy: string;
  readonly failure: string;
  /** What refuses in the place of a callback that can't be asked; absent where nothing can be refused. */
  readonly refusal?: { readonly effect: string; readonly onlyWhenNamed?: true };
  /** Who may see the result: a class, or those of its members. */
  readonly privacy: Privacy;
  /** Whether a cancelled request waits until the running callback has settled. */
  readonly shield: boolean;
  /** What a configuration must keep to, beyond the signature, in words. */
  readonly rules: readonly string[];
  /** How the homeserver asks it; absent where something else than a method of its name does. */
  readonly method?: string;
  /** How a module decorates a method for it. */
  readonly decorator: string;
}

export interface ListedParameter {
  readonly name: string;
  readonly summary: string;
  /** Who may see it: a class, or those of its members. */
  readonly privacy: Privacy;
  /** No log shows it. */
  readonly secret?: true;
  /** What it says of the question: which `room`, which acting `user`, which `type` of event. */
  readonly facets?: readonly Facet[];
  /** It can be used only until the callback has answered. */
  readonly lent?: true;
  /** The homeserver may give a function that loads it. */
  readonly lazy?: true;
  /** What the decorator's options narrow: the events that the callback is called for (`types`), or the `state`. */
  readonly option?: "types" | "state";
}

/** Every category with its hooks, in the order of the catalogue. */
export function hookList(): ListedCategory[] {
  const categories: readonly Category[] = Object.values(CATALOGUE);
  return categories.map((category) => listCategory(category));
}

function listCategory(category: Category): ListedCategory {
  const { name, property, summary, since, hooks } = category;
  const methods: object = methodsOf(category, describedChains(category, []));
  const members = Object.keys(methods).filter((member) => !Object.hasOwn(hooks, member));
  return {
    category: name,
    property,
    summary,
    since,
    ...(members.length > 0 && { members }),
    hooks: Object.entries(hooks).map(([hook, declared]) => ({
      hook,
      referenceName: referenceName(hook, declared),
      since: declared.since,
      status: declared.status,
      summary: declared.summary,
      parameters: (declared.parameters as readonly Parameter[]).map((parameter, position, all) =>
        listParameter(parameter, position, facetsOf(all)),
      ),
      answers: declared.answers.text,
      strategy: declared.strategy.name,
      failure: declared.failure.name,
      ...(declared.refusal && { refusal: listRefusal(declared.refusal as Refusal<unknown>) }),
      privacy: declared.answers.privacy,
      shield: declared.shield,
      rules: rulesOf(category, declared),
      ...(hook in methods && { method: `host.hooks.${property}.${hook}` }),
      decorator: `@${name}.${hook}(${declared.decorator.example ?? ""})`,
    })),
  };
}

const OPTIONS = { event: "types", state: "state" } as const satisfies Record<ParameterKind, string>;

function listParameter(
  { name, summary, privacy = "body", lent, kind }: Parameter,
  position: number,
  facets: ReturnType<typeof facetsOf>,
): ListedParameter {
  const said = Object.entries(facets).flatMap(([facet, at]) => (at === position ? [facet as Facet] : []));
  return {
    name,
    summary,
    privacy,
    ...(privacy === "secret" && { secret: true }),
    ...(said.length > 0 && { facets: said }),
    ...(lent && { lent }),
    ...(kind === "state" && { lazy: true }),
    ...(kind && { option: OPTIONS[kind] }),
  };
}

function listRefusal({ effect, onlyWhenNamed }: Refusal<unknown>): NonNullable<ListedHook["refusal"]> {
  return { effect, ...(onlyWhenNamed && { onlyWhenNamed }) };
}

function rulesOf(
  { firstModuleOnly }: Category,
  { singleOwner, requires = [], replacesHomeserver, atSynapse }: AnyHook,
): string[] {
  return [
    ...(firstModuleOnly ? ["only the first module of the configuration takes part"] : []),
    ...(singleOwner ? ["only one module may register it"] : []),
    ...requires.map((other) => `a module that registers it must register \`${other}\` as well`),
    ...(replacesHomeserver ? ["a callback takes the place of the homeserver's own way"] : []),
    ...(atSynapse ? [`once it is registered at Synapse, whatever callbacks answer: ${atSynapse.what}`] : []),
  ];
}

/** The category of a name, in whatever case; else the name that was probably meant. */
export function findCategory(
  list: readonly ListedCategory[],
  name: string,
): { found: ListedCategory } | { found?: undefined; meant?: string } {
  const found = list.find(({ category }) => category.toLowerCase() === name.toLowerCase());
  if (found) return { found };
  const meant = closest(
    name,
    list.map(({ category }) => category),
  );
  return meant === undefined ? {} : { meant };
}
