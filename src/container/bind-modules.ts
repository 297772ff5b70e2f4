import { Container } from "inversify";
import type { Logger } from "winston";
import { CATALOGUE } from "../catalogue/index.js";
import { contributionTo, type LiveContribution } from "../hooks/contribution.js";
import { moduleLogger } from "../logging/module-logger.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "../modules/tokens.js";

/** A module in its own container, not yet constructed. */
export interface BoundModule extends LoadedModule {
  /** A child of the container of the services. */
  readonly container: Container;
  readonly log: Logger;
}

/**
 * Binds each module into a container of its own, and what it contributes to each category into the container of the
 * services. One synchronous loop in config order: the order of bindings is the order of callbacks.
 */
export function bindModules(modules: readonly LoadedModule[], services: Container, logger: Logger): BoundModule[] {
  return modules.map((module) => {
    const { info, class: moduleClass, config } = module;
    const container = new Container({ parent: services });
    const log = moduleLogger(logger, info);
    container.bind(ModuleConfig).toConstantValue(config);
    container.bind(ModuleInfo).toConstantValue(info);
    container.bind(ModuleLogger).toConstantValue(log);
    // Inversify's default is a new instance per request; a module is one instance.
    container.bind(moduleClass).toSelf().inSingletonScope();
    for (const category of Object.values(CATALOGUE)) {
      const contribution = contributionTo(category.name, info, moduleClass);
      if (!contribution) continue;
      services
        .bind(category.token)
        .toDynamicValue((): LiveContribution => ({ ...contribution, log, instance: container.get(moduleClass) }));
    }
    return { ...module, container, log };
  });
}
