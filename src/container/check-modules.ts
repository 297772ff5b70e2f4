import { CATALOGUE } from "../catalogue/index.js";
import type { Problem } from "../errors/problem.js";
import { checkCategory } from "../hooks/check-category.js";
import { contributionTo, type Contribution } from "../hooks/contribution.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { validateWebPaths, webPathConflicts } from "../web/web-paths.js";
import { webResourcesOf } from "../web/web-resource.js";
import { configWarnings } from "./config-warnings.js";
import { injectionProblems } from "./injection-problems.js";

/** Every rule that the modules break, in injections, and together in hooks and web paths. Constructs nothing. */
export function checkModules(modules: readonly LoadedModule[]): Problem[] {
  const categories = Object.values(CATALOGUE);
  const webPaths = modules.flatMap(({ info, class: moduleClass }) =>
    webResourcesOf(moduleClass).map(({ path, methods }) => ({ module: info, path, methods })),
  );
  return [
    ...modules.flatMap(injectionProblems),
    ...modules.flatMap(configWarnings),
    ...categories.flatMap((category) => checkCategory(category, contributionsTo(category.name, modules))),
    ...validateWebPaths(webPaths),
    ...webPathConflicts(webPaths),
  ];
}

/** What the modules contribute to a category, in config order. */
export function contributionsTo(category: string, modules: readonly LoadedModule[]): Contribution[] {
  return modules
    .map(({ info, class: moduleClass }) => contributionTo(category, info, moduleClass))
    .filter((contribution) => contribution !== undefined);
}
