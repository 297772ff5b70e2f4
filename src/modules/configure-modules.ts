import { forgetClassFacts } from "../config/config-class/class-facts.js";
import { placesIn, type Locate } from "../config/config-path.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf, type Problem } from "../errors/problem.js";
import type { PlacedModule } from "./loaded-module.js";
import { configTypeOf } from "./config-type-of.js";
import { moduleConfig } from "./module-config.js";
import { moduleMetadata } from "./module.js";
import { TIMED_OUT, withinBudget } from "./within-budget.js";

/** A module whose config isn't validated yet. */
export type UnconfiguredModule = Omit<PlacedModule, "config">;

/**
 * Validates the configs of modules. Those whose config is wrong are left out.
 *
 * @param budgetMs how long the check of one config may take, in milliseconds
 */
export async function configureModules(
  modules: readonly UnconfiguredModule[],
  budgetMs = 30_000,
): Promise<Outcome<readonly PlacedModule[]> & { readonly value: readonly PlacedModule[] }> {
  const value: PlacedModule[] = [];
  const problems: Problem[] = [];
  for (const module of modules) {
    const { path } = module;
    const inConfig: Locate = (inner, what) => module.locate(["config", ...inner], what);
    const checking = moduleConfig(module.class, module.written, inConfig, `${path}.config`);
    const checked = await withinBudget(checking, budgetMs);
    const config =
      checked === TIMED_OUT ? { problems: [configTimeout(inConfig, `${path}.config`, budgetMs)] } : checked;
    for (const problem of config.problems) problems.push(problem);
    if (config.problems.length === 0) value.push({ ...module, config: config.value });
  }
  problems.push(...(await uncheckedProblems(modules)));
  forgetClassFacts();
  return { value, problems };
}

/** Rules and parsers are code of the module: they may wait for something that never comes. */
function configTimeout(locate: Locate, path: string, budgetMs: number): Problem {
  return problemOf("LIGAND_MODULE_START_TIMEOUT", `the config wasn't checked within ${budgetMs} ms`, {
    ...placesIn(locate, path)([], "value"),
    remedy: "Look for a rule, a `validate()` or a `parseConfig` that never settles, or raise `startTimeoutMs`.",
  });
}

/** A warning for each type of mapping in configs that has keys without rules, at the first module that has it. */
async function uncheckedProblems(modules: readonly UnconfiguredModule[]): Promise<Problem[]> {
  const seen = new Set<object>();
  const problems: Problem[] = [];
  for (const { class: moduleClass, info } of modules) {
    const Config = moduleMetadata(moduleClass)?.config;
    const mappings = Config && !seen.has(Config) ? (await configTypeOf(moduleClass))!.keys : [];
    for (const { type, name, keys } of mappings) {
      const unchecked = seen.has(type) ? [] : keys.filter(({ isChecked }) => !isChecked);
      seen.add(type);
      if (unchecked.length === 0) continue;
      const list = unchecked.map(({ key }) => `\`${key}\``).join(", ");
      const message = `${name} has no rule for ${list}, so any value is accepted`;
      problems.push(problemOf("LIGAND_CONFIG_UNCHECKED", message, { severity: "warning", position: info.position }));
    }
  }
  return problems;
}
