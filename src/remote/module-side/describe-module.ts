import { dependenciesOf } from "../../container/dependencies.js";
import { declaredParameters } from "../../hooks/declared-parameters.js";
import { memberOf } from "../../hooks/member-of.js";
import { registrationsOf } from "../../hooks/registration.js";
import type { DescribedNeed } from "../../modules/described-needs.js";
import { schedulesOf } from "../../modules/every.js";
import type { LoadedModule } from "../../modules/load-modules.js";
import { moduleMetadata } from "../../modules/module.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "../../modules/tokens.js";
import { SERVICES } from "../../services/services.js";
import { webResourcesOf } from "../../web/web-resource.js";
import type { DescribedMethod, ModuleDescription } from "../wire/process-protocol.js";
import type { Wire } from "../wire/protocol.js";

/** What each module has by itself. */
const OWN_TOKENS = new Set<unknown>([ModuleConfig, ModuleInfo, ModuleLogger]);

type ModuleClass = LoadedModule["class"];

/** What a module is, for a process that doesn't have its code. Its class says it all: nothing is constructed. */
export function describeModule(moduleClass: ModuleClass): ModuleDescription {
  const methods = methodsOf(moduleClass);
  const prototype = moduleClass.prototype as object;
  return {
    name: moduleClass.name,
    methods: describeMethods(moduleClass, (method) => memberOf(prototype, method)),
    registrations: registrationsOf(moduleClass).map(({ category, hook, method, options, key }) => ({
      category,
      hook,
      method: methods.indexOf(method),
      // What a decorator took: names and lists of names.
      options: (options ?? null) as Wire,
      key: key ?? null,
    })),
    webResources: webResourcesOf(moduleClass).map(({ path, methods: verbs, method }) => ({
      path,
      methods: verbs,
      method: methods.indexOf(method),
    })),
    schedules: Array.from(schedulesOf(prototype), ([method, schedule]) => ({
      ...schedule,
      method: methods.indexOf(method),
    })),
    injections: dependenciesOf(moduleClass)
      .filter(({ token }) => !OWN_TOKENS.has(token))
      .map(({ token, name, optional }): DescribedNeed => ({
        name,
        isService:
          token !== undefined && Object.hasOwn(SERVICES, name) && SERVICES[name as keyof typeof SERVICES] === token,
        optional,
      })),
    reload: moduleMetadata(moduleClass)?.reload ?? null,
  };
}

/** The methods that a homeserver calls, each once. */
export function methodsOf(moduleClass: ModuleClass): PropertyKey[] {
  return [
    ...new Set([
      ...registrationsOf(moduleClass).map(({ method }) => method),
      ...webResourcesOf(moduleClass).map(({ method }) => method),
      ...schedulesOf(moduleClass.prototype as object).keys(),
    ]),
  ];
}

/** The same methods, described. @param called the function that a call of the method runs */
export function describeMethods(
  moduleClass: ModuleClass,
  called: (method: string | symbol) => unknown,
): readonly DescribedMethod[] {
  return methodsOf(moduleClass).map((method) => {
    const { count, because } = declaredParameters(called(method as string | symbol));
    return {
      name: typeof method === "symbol" ? (method.description ?? "") : String(method),
      isSymbol: typeof method === "symbol",
      parameters: Number.isFinite(count) ? count : null,
      because: because ?? null,
    };
  });
}
