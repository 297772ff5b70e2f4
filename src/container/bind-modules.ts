import { Container, type ServiceIdentifier } from "inversify";
import type { Logger } from "winston";
import { CATALOGUE } from "../catalogue/index.js";
import { contributionTo } from "../hooks/contribution.js";
import { registrationsOf } from "../hooks/registration.js";
import { moduleLogger, setModuleLevel } from "../logging/module-logger.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { standIn } from "../operate/stand-in.js";
import { standInsOf, type StandIns } from "../config/operate/stand-ins.js";
import type { ShadowCalls } from "../operate/shadow-calls.js";
import { actingServices } from "../services/acting-services.js";
import { SERVICES, type ServiceName } from "../services/services.js";
import { dependenciesOf, servicesOf } from "./dependencies.js";
import { Scheduler } from "../services/scheduler.js";
import { ownScheduler } from "./own-scheduler.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "../modules/tokens.js";

/** What a module is made of. The document that lists it isn't kept. */
export type ModuleParts = Omit<LoadedModule, "locate">;

/** A module to bind, in whichever process it runs. */
export interface ModuleToBind extends ModuleParts {
  /** Its stand-ins, where its `operate:` is in another process. */
  readonly standIns?: StandIns;
}

/** A module in its own container, not yet constructed. */
export interface BoundModule extends ModuleParts {
  /** A child of the container of the services. */
  readonly container: Container;
  readonly log: Logger;
  /** Ends what the module started through its scheduler. */
  readonly endTimers: () => void;
}

/** Binds each module into its own container. @param calls tells its calls in shadow from others, in a process that can */
export function bindModules(
  modules: readonly ModuleToBind[],
  services: Container,
  logger: Logger,
  calls?: ShadowCalls,
): BoundModule[] {
  return modules.map((module) => bindModule(module, services, logger, calls));
}

function bindModule(
  module: ModuleToBind,
  services: Container,
  logger: Logger,
  calls: ShadowCalls | undefined,
): BoundModule {
  const { info, class: moduleClass, config } = module;
  const log = moduleLogger(logger, info);
  setModuleLevel(log, module.operate?.logLevel);
  const container = new Container({ parent: services });
  container.bind(ModuleConfig).toConstantValue(config);
  container.bind(ModuleInfo).toConstantValue(info);
  container.bind(ModuleLogger).toConstantValue(log);
  const { standIns = standInsOf(module.operate) } = module;
  if (standIns) {
    const acting = actingServices(servicesOf(moduleClass), standIns.real);
    bindStandIns(container, services, acting, log, workInShadow(standIns, calls));
  }
  const endTimers = bindScheduler(module, container, services);
  // A module that brings a copy of Ligand asks by the classes of that copy.
  for (const { token, asked } of dependenciesOf(moduleClass)) {
    if (asked !== undefined && asked !== token && container.isBound(token!) && !container.isBound(asked)) {
      container.bind(asked).toService(token!);
    }
  }
  // Inversify's default is a new instance for each request; a module is one instance.
  container.bind(moduleClass).toSelf().inSingletonScope();
  return { ...partsOf(module), container, log, endTimers };
}

/** Gives a module that asks for the scheduler its own. */
function bindScheduler(
  { info, class: moduleClass }: ModuleParts,
  container: Container,
  services: Container,
): () => void {
  let end: (() => void) | undefined;
  if (dependenciesOf(moduleClass).some(({ token }) => token === Scheduler) && services.isBound(Scheduler)) {
    container
      .bind(Scheduler)
      .toDynamicValue(() => {
        const own = ownScheduler(services.get(Scheduler), info.id);
        ({ end } = own);
        return own.scheduler;
      })
      .inSingletonScope();
  }
  return () => end?.();
}

/** Gives a module in shadow services that only pretend to act. */
function bindStandIns(
  container: Container,
  services: Container,
  names: readonly ServiceName[],
  log: Logger,
  isInShadow: () => boolean,
): void {
  for (const name of names) {
    const token: ServiceIdentifier<object> = SERVICES[name];
    if (services.isBound(token)) {
      container.bind(token).toDynamicValue(() => standIn(name, services.get(token), log, isInShadow));
    }
  }
}

/** Finds out whether what a module does is in shadow. */
function workInShadow({ for: work }: StandIns, calls: ShadowCalls | undefined): () => boolean {
  if (work === "everything" || !calls) return () => true;
  const byItself = work === "all but other calls";
  return () => calls.isInShadow() ?? byItself;
}

/** Leaves out what else the object has. */
export function partsOf({ info, class: moduleClass, config, written, operate }: ModuleParts): ModuleParts {
  return { info, class: moduleClass, config, written, ...(operate && { operate }) };
}

/** A constructed module whose hooks are asked. */
export interface Contributor extends Pick<BoundModule, "info" | "class" | "log"> {
  readonly instance: object;
}

/**
 * Binds what each module contributes to each category, in a container of their own. A plain loop in config order: the
 * order of bindings is the order of callbacks.
 */
export function bindContributions(modules: readonly Contributor[]): Container {
  const container = new Container();
  for (const { info, class: moduleClass, log, instance } of modules) {
    // Most modules register hooks of one category, so the others are skipped.
    const registered = new Set(registrationsOf(moduleClass).map(({ category }) => category));
    for (const category of Object.values(CATALOGUE)) {
      const contribution = registered.has(category.name) && contributionTo(category.name, info, moduleClass);
      if (contribution) container.bind(category.token).toConstantValue({ ...contribution, log, instance });
    }
  }
  return container;
}
