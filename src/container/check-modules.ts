import { CATALOGUE } from "../catalogue/index.js";
import { ERRORS } from "../errors/catalogue.js";
import { placesIn } from "../config/config-path.js";
import { problemOf, type Problem } from "../errors/problem.js";
import { checkCategory } from "../hooks/check-category.js";
import { hookNamesOf, registrationsOf } from "../hooks/registration.js";
import { schedulesOf } from "../modules/every.js";
import { isAliveByItself } from "../modules/inversify.js";
import type { LoadedModule, PlacedModule } from "../modules/load-modules.js";
import { hasConfigRules, isModule } from "../modules/module.js";
import { ModuleConfig } from "../modules/tokens.js";
import { checkOperate } from "../operate/check-operate.js";
import { servesPaths } from "../operate/mode.js";
import { operatedHooks } from "../operate/checked-module.js";
import { SERVICES } from "../services/services.js";
import { validateWebPaths, webPathConflicts } from "../web/web-paths.js";
import { webResourcesOf } from "../web/web-resource.js";
import type { BoundModule } from "./bind-modules.js";
import { contributionsTo, registeredIn } from "./contributions.js";
import { dependenciesOf, placesWithoutInject, servicesOf, type Dependency } from "./dependencies.js";

/**
 * Everything wrong with the modules' injections, hooks and web paths. Constructs nothing.
 *
 * @param tellsCallsApart whether the process that runs them tells calls in shadow from others; undefined where that's not known
 */
export function checkModules(modules: readonly PlacedModule[], tellsCallsApart?: boolean): Problem[] {
  const registered = new Set(
    modules.flatMap((module) => registrationsOf(module.class).map(({ category }) => category)),
  );
  const categories = Object.values(CATALOGUE).filter(({ name }) => registered.has(name));
  const webPaths = modules
    .filter(servesPaths)
    .flatMap(({ info, class: moduleClass }) =>
      webResourcesOf(moduleClass).map(({ path, methods }) => ({ module: info, path, methods })),
    );
  return [
    ...modules.flatMap(checkModule),
    ...modules.flatMap((module) => checkWishes(module, tellsCallsApart)),
    ...categories.flatMap((category) =>
      checkCategory(category, contributionsTo(category.name, modules), registeredIn(category.name, modules)),
    ),
    ...validateWebPaths(webPaths),
    ...webPathConflicts(webPaths),
  ];
}

/** What's wrong with a module by itself: its injections, and what nothing uses. */
export function checkModule(module: PlacedModule): Problem[] {
  return [...checkInjections(module), ...checkConfigUse(module), ...checkUse(module)];
}

/** What a module's `operate:` wants and can't have. */
function checkWishes(
  { info, class: moduleClass, operate, locate, path }: PlacedModule,
  tellsCallsApart: boolean | undefined,
): Problem[] {
  if (!operate) return [];
  const registered = hookNamesOf(moduleClass);
  const hooks = operatedHooks(operate, (chain) => registered.has(chain));
  const services = servicesOf(moduleClass);
  return checkOperate({ id: info.id, operate, at: placesIn(locate, path), hooks, services, tellsCallsApart });
}

/** A module that nothing ever calls: most likely its author forgot a decorator. */
function checkUse({ info: { id, position }, class: moduleClass }: LoadedModule): Problem[] {
  const isCalled =
    registrationsOf(moduleClass).length > 0 ||
    webResourcesOf(moduleClass).length > 0 ||
    schedulesOf(moduleClass.prototype as object).size > 0 ||
    isAliveByItself(moduleClass);
  if (isCalled) return [];
  const message = `module ${id} has no hook, web resource or @Every method, so nothing calls it`;
  return [problemOf("LIGAND_MODULE_IDLE", message, { severity: "warning", position })];
}

/** What's wrong with the injections of a module class, whatever the homeserver offers. */
function checkInjections({ info, class: moduleClass }: LoadedModule): Problem[] {
  const problem = (place: string, fault: string, remedy?: string) =>
    problemOf(
      "LIGAND_MODULE_INJECTION_INVALID",
      `${place} of module ${info.id} (class \`${moduleClass.name}\`) ${fault}`,
      { position: info.position, remedy },
    );
  return [
    ...placesWithoutInject(moduleClass).map((place) => problem(place, "has no `@inject(…)`")),
    ...dependenciesOf(moduleClass).flatMap(({ token, name, place }) => {
      if (token === undefined) return [problem(place, "injects `undefined`", CIRCULAR_IMPORT)];
      if (isModule(token)) return [problem(place, `injects the module \`${name}\``, OTHER_MODULE)];
      return [];
    }),
  ];
}

const CIRCULAR_IMPORT =
  "Import what you inject from a file that doesn't import this one. When two files import each other, one of them runs before the other has defined its classes.";

const OTHER_MODULE =
  "Modules can't inject each other. Put what both need into a file that both import, or let the homeserver bind it as a service.";

/** Warns about config that isn't validated or read: the module has neither a config class nor a `parseConfig`. */
function checkConfigUse({ info, class: moduleClass, config, locate, path }: PlacedModule): Problem[] {
  if (hasConfigRules(moduleClass)) return [];
  if (dependenciesOf(moduleClass).some(({ token }) => token === ModuleConfig)) {
    const message = `nothing validates the config of module ${info.id}: it declares neither a config class nor parseConfig`;
    return [
      problemOf("LIGAND_CONFIG_UNCHECKED", message, {
        severity: "warning",
        position: info.position,
        remedy: "The module's author names a class in `@Module({ config })`, or writes a static method `parseConfig`.",
      }),
    ];
  }
  const keys = Object.keys(config as object);
  if (keys.length === 0) return [];
  const message = `module ${info.id} reads no config; ${keys.map((key) => `\`${key}\``).join(", ")} has no effect`;
  const place = placesIn(locate, path)(["config"], "key");
  return [problemOf("LIGAND_CONFIG_UNUSED", message, { severity: "warning", ...place })];
}

/** What to do about a missing service, by its name. */
export type RemedyOf = (service: string) => string;

const bindIt: RemedyOf = () => ERRORS.LIGAND_MODULE_SERVICE_MISSING.remedy;

/** A problem for each service that a module needs and that no one bound. */
export function checkServices(modules: readonly BoundModule[], remedyOf: RemedyOf = bindIt): Problem[] {
  return modules.flatMap((module) => serviceProblems(module, remedyOf));
}

/** A problem for each service that the module needs and that no one bound. */
export function serviceProblems(
  { info, class: moduleClass, container }: BoundModule,
  remedyOf: RemedyOf = bindIt,
): Problem[] {
  return dependenciesOf(moduleClass)
    .filter(({ token, optional }) => !optional && token !== undefined && !container.isBound(token))
    .map((dependency) =>
      problemOf(
        "LIGAND_MODULE_SERVICE_MISSING",
        `module ${info.id} needs ${described(dependency)}, but this homeserver doesn't provide it`,
        { position: info.position, remedy: quotedRemedy(dependency) ?? remedyOf(dependency.name) },
      ),
    );
}

function described({ token, name }: Dependency): string {
  return typeof token === "string" ? `a service by the string ${JSON.stringify(name)}` : name;
}

/** The token of a service is its class; its name in quotes is a different token. */
function quotedRemedy({ token, name }: Dependency): string | undefined {
  return typeof token === "string" && name in SERVICES ? `Write \`@inject(${name})\`, without quotes.` : undefined;
}
