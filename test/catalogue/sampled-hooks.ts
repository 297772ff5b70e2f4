import { SAMPLES } from "#src/catalogue/index.samples.js";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import { NO_CONTEXT } from "#src/hooks/context.js";
import type { AnyHook } from "#src/hooks/hook.js";
import type { HookSamples } from "#src/hooks/samples.js";

const ALL: Readonly<Record<string, Readonly<Record<string, HookSamples>>>> = SAMPLES;

/** A hook of the catalogue with its samples. */
export interface SampledHook {
  /** The property of `host.hooks`. */
  readonly property: string;
  readonly category: Category;
  readonly name: string;
  readonly hook: AnyHook;
  readonly samples: HookSamples;
}

/** Every hook that has samples. That each has some is a test of the catalogue. */
export const SAMPLED_HOOKS: readonly SampledHook[] = Object.entries<Category>(CATALOGUE).flatMap(
  ([property, category]) =>
    Object.entries(category.hooks).flatMap(([name, hook]) => {
      const samples = samplesOf(property, name);
      return samples ? [{ property, category, name, hook, samples }] : [];
    }),
);

/** The samples of a hook; undefined where it has none. */
export function samplesOf(property: string, hook: string): HookSamples | undefined {
  return ALL[property]?.[hook];
}

/** What the decorator of a hook is given in tests. */
export function givenTo(property: string, hook: string): readonly unknown[] {
  return (samplesOf(property, hook)?.given as readonly unknown[] | undefined) ?? [];
}

/** The member of `host.hooks` by which a homeserver asks a hook. */
export function memberAsking(property: string, hook: string): string {
  return samplesOf(property, hook)?.askedBy ?? hook;
}

/** What callbacks of a hook receive: the arguments and the context. */
export function received({ args }: HookSamples, context: object = NO_CONTEXT): unknown[] {
  return [...(args as readonly unknown[]), context];
}
