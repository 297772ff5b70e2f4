import { problemOf, type Problem } from "../errors/problem.js";
import type { Category } from "./category.js";
import { callbacksOf, participantsOf, type Contribution } from "./contribution.js";
import type { AnyHook } from "./hook.js";

/**
 * Every registration rule that the modules break in a category. Needs no instance, so it works before start.
 *
 * @param contributions what takes part
 * @param registered what the modules register, whether it takes part or not
 */
export function checkCategory(
  category: Category<any>,
  contributions: readonly Contribution[],
  registered: readonly Contribution[] = contributions,
): Problem[] {
  const participants = participantsOf(category, contributions);
  return Object.entries(category.hooks as Record<string, AnyHook>).flatMap(([name, hook]) => [
    ...missingCompanions(category, name, hook, participantsOf(category, registered)),
    ...furtherOwners(category, name, hook, participants),
    ...(hook.decorator.check?.(participants.flatMap((contribution) => callbacksOf(contribution, name))) ?? []),
  ]);
}

function missingCompanions(
  category: Category,
  name: string,
  { requires = [] }: AnyHook,
  contributions: readonly Contribution[],
): Problem[] {
  return contributions
    .filter((contribution) => callbacksOf(contribution, name).length > 0)
    .flatMap((contribution) =>
      requires
        .filter((required) => callbacksOf(contribution, required).length === 0)
        .map((required) =>
          problemOf(
            "LIGAND_HOOK_REQUIRES",
            `module ${contribution.module.id} registers ${category.name}.${name} without ${category.name}.${required}; expected both`,
            { position: contribution.module.position },
          ),
        ),
    );
}

function furtherOwners(
  category: Category,
  name: string,
  { singleOwner }: AnyHook,
  contributions: readonly Contribution[],
): Problem[] {
  // If only one module takes part in a category, all contributions are that module's.
  const callbacks =
    singleOwner || category.firstModuleOnly
      ? contributions.flatMap((contribution) => callbacksOf(contribution, name))
      : [];
  const [first, ...others] = callbacks;
  return others.map((other) =>
    problemOf(
      "LIGAND_HOOK_SINGLE_OWNER",
      `${category.name}.${name} is registered by ${first?.name} of module ${first?.module.id} and by ${other.name} of module ${other.module.id}; expected one callback in all modules`,
      { position: other.module.position },
    ),
  );
}
