import { Container } from "inversify";
import type { Logger } from "winston";
import { CATALOGUE } from "../catalogue/index.js";
import { contributionTo, type LiveContribution } from "../hooks/contribution.js";
import { registrationsOf } from "../hooks/registration.js";
import { moduleLogger } from "../logging/module-logger.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { dependenciesOf } from "./dependencies.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "../modules/tokens.js";

/** A module in its own container, not yet constructed. */
export interface BoundModule extends LoadedModule {
  /** A child of the container of the services. */
  readonly container: Container;
  readonly log: Logger;
}

/**
 * Binds what each module contributes to each category into the container of the services, and each module into its own
 * container. Plain loops in config order: the order of bindings is the order of callbacks.
 */
export function bindModules(modules: readonly LoadedModule[], services: Container, logger: Logger): BoundModule[] {
  const bound: BoundModule[] = [];
  // Before any child container exists: Inversify notifies every child of each binding that its parent receives later,
  // which would make binding quadratic.
  for (const [index, module] of modules.entries()) bindContributions(module, services, () => bound[index]!);
  for (const module of modules) bound.push({ ...module, ...bindModule(module, services, logger) });
  return bound;
}

/** Binds a module to the tokens of the categories whose hooks it registers. */
function bindContributions({ info, class: moduleClass }: LoadedModule, services: Container, self: () => BoundModule) {
  // Most modules register hooks of one category, so the others are skipped.
  const registered = new Set(registrationsOf(moduleClass).map(({ category }) => category));
  for (const category of Object.values(CATALOGUE)) {
    const contribution = registered.has(category.name) && contributionTo(category.name, info, moduleClass);
    if (!contribution) continue;
    services.bind(category.token).toDynamicValue((): LiveContribution => {
      const { container, log } = self();
      return { ...contribution, log, instance: container.get(moduleClass) };
    });
  }
}

function bindModule({ info, class: moduleClass, config }: LoadedModule, services: Container, logger: Logger) {
  const container = new Container({ parent: services });
  const log = moduleLogger(logger, info);
  container.bind(ModuleConfig).toConstantValue(config);
  container.bind(ModuleInfo).toConstantValue(info);
  container.bind(ModuleLogger).toConstantValue(log);
  // A module that brings a copy of Ligand asks by the classes of that copy.
  for (const { token, asked } of dependenciesOf(moduleClass)) {
    if (asked !== undefined && asked !== token && container.isBound(token!) && !container.isBound(asked)) {
      container.bind(asked).toService(token!);
    }
  }
  // Inversify's default is a new instance for each request; a module is one instance.
  container.bind(moduleClass).toSelf().inSingletonScope();
  return { container, log };
}
