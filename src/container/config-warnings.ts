import { ERRORS } from "../errors/catalogue.js";
import type { Problem } from "../errors/problem.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { hasConfigRules } from "../modules/module.js";
import { ModuleConfig } from "../modules/tokens.js";
import { dependenciesOf } from "./dependencies.js";

/** What nobody checks or reads of the config of a module that has neither a config class nor a `parseConfig`. */
export function configWarnings({ info, class: moduleClass, config, locate }: LoadedModule): Problem[] {
  if (hasConfigRules(moduleClass)) return [];
  if (dependenciesOf(moduleClass).some(({ token }) => token === ModuleConfig)) {
    return [
      {
        code: "LIGAND_CONFIG_UNCHECKED",
        severity: "warning",
        message: `module ${info.id} reads its config, and no class says which keys and values are right`,
        remedy: "The module's author names a class in `@Module({ config })`, or writes a static method `parseConfig`.",
        ...(info.position && { position: info.position }),
      },
    ];
  }
  const keys = Object.keys(config as object);
  if (keys.length === 0) return [];
  const position = locate(["config"], "key");
  return [
    {
      code: "LIGAND_CONFIG_UNUSED",
      severity: "warning",
      message: `module ${info.id} reads no config; ${keys.map((key) => `\`${key}\``).join(", ")} has no effect`,
      remedy: ERRORS.LIGAND_CONFIG_UNUSED.remedy,
      ...(position && { position }),
    },
  ];
}
