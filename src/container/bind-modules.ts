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
export interface BoundModule extends Pick<LoadedModule, "info" | "class"> {
  /** A child of the container of the services. */
  readonly container: Container;
  readonly log: Logger;
  /** Set when the module has started: what it contributes is read afterwards. */
  readonly started: { instance?: object };
}

/**
 * Binds what each module contributes to each category into the container of the services, and each module into its own
 * container. Plain loops in config order: the order of bindings is the order of callbacks.
 */
export function bindModules(modules: readonly LoadedModule[], services: Container, logger: Logger): BoundModule[] {
  const places = modules.map((module) => ({ module, log: moduleLogger(logger, module.info), started: {} }));
  // Before any child container exists: Inversify notifies every child of each binding that its parent receives later,
  // which would make binding quadratic.
  for (const place of places) bindContributions(place, services);
  return places.map((place) => bindModule(place, services));
}

/** A module, where it logs, and where its instance will be found. */
interface Place extends Pick<BoundModule, "log" | "started"> {
  readonly module: LoadedModule;
}

/** Binds a module to the tokens of the categories whose hooks it registers. */
function bindContributions({ module: { info, class: moduleClass }, log, started }: Place, services: Container): void {
  // Most modules register hooks of one category, so the others are skipped.
  const registered = new Set(registrationsOf(moduleClass).map(({ category }) => category));
  for (const category of Object.values(CATALOGUE)) {
    const contribution = registered.has(category.name) && contributionTo(category.name, info, moduleClass);
    if (!contribution) continue;
    // Read once the modules have started.
    const live = (): LiveContribution => ({ ...contribution, log, instance: started.instance! });
    services.bind(category.token).toDynamicValue(live);
  }
}

function bindModule({ module, log, started }: Place, services: Container): BoundModule {
  const { info, class: moduleClass, config } = module;
  const container = new Container({ parent: services });
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
  return { info, class: moduleClass, container, log, started };
}
