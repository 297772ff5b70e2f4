import { isDeepStrictEqual } from "node:util";
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

/** What's known of the config of a module that runs. */
export type RunningConfig = Pick<PlacedModule, "info" | "class" | "written" | "config">;

/**
 * Validates the configs of modules. Those whose config is wrong are left out.
 *
 * @param budgetMs how long the check of one config may take, in milliseconds
 * @param running modules whose configs are valid
 */
export async function configureModules(
  modules: readonly UnconfiguredModule[],
  budgetMs: number,
  running: readonly RunningConfig[] = [],
): Promise<Outcome<readonly PlacedModule[]> & { readonly value: readonly PlacedModule[] }> {
  const byId = new Map(running.map((module) => [module.info.id, module]));
  const changed: UnconfiguredModule[] = [];
  const value: PlacedModule[] = [];
  const problems: Problem[] = [];
  for (const module of modules) {
    const { path } = module;
    const inConfig: Locate = (inner, what) => module.locate(["config", ...inner], what);
    const known = validBefore(module, byId.get(module.info.id));
    if (known === undefined) changed.push(module);
    const checking = moduleConfig(module.class, module.written, inConfig, `${path}.config`, known);
    const checked = await withinBudget(checking, budgetMs);
    const config =
      checked === TIMED_OUT ? { problems: [configTimeout(inConfig, `${path}.config`, budgetMs)] } : checked;
    for (const problem of config.problems) problems.push(problem);
    if (config.problems.length === 0) value.push({ ...module, config: config.value });
  }
  problems.push(...(await uncheckedProblems(changed)));
  forgetClassFacts();
  return { value, problems };
}

/** The config that a module runs with, if its entry gives the same again. */
function validBefore(module: UnconfiguredModule, running: RunningConfig | undefined): unknown {
  const isUnchanged = running?.class === module.class && isDeepStrictEqual(running.written, module.written);
  return isUnchanged ? running.config : undefined;
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
