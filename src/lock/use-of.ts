import { CATALOGUE } from "../catalogue/index.js";
import { needsOf } from "../container/dependencies.js";
import { methodsOf } from "../hooks/category.js";
import { contributionTo } from "../hooks/contribution.js";
import { describedChains } from "../hooks/described-chains.js";
import { registrationsOf } from "../hooks/registration.js";
import type { LoadedModule } from "../modules/loaded-module.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "../modules/tokens.js";
import { webResourcesOf } from "../web/web-resource.js";
import type { LockedUse } from "./lock-file.js";

const OF_EACH_MODULE = new Set<unknown>([ModuleConfig, ModuleInfo, ModuleLogger]);

/** What a module asks for: its class says it, or the description of one in another process. */
export function useOf({ info, class: moduleClass }: Pick<LoadedModule, "info" | "class">): LockedUse {
  const { passwordAuth } = CATALOGUE;
  const auth = contributionTo(passwordAuth.name, info, moduleClass);
  const { loginTypes } = methodsOf(passwordAuth, describedChains(passwordAuth, auth ? [auth] : []));
  const needs = needsOf(moduleClass).filter(({ token }) => !OF_EACH_MODULE.has(token));
  return {
    hooks: sorted(registrationsOf(moduleClass).map(({ category, hook }) => `${category}.${hook}`)),
    services: sorted(needs.map(({ name }) => name)),
    webPaths: sorted(
      webResourcesOf(moduleClass).flatMap(({ path, methods }) => methods.map((verb) => `${verb} ${path}`)),
    ),
    loginTypes: sorted(loginTypes.map(({ type, fields }) => `${type}(${fields.join(", ")})`)),
  };
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
