import { CATALOGUE } from "../catalogue/index.js";
import { needsOf } from "../container/dependencies.js";
import { methodsOf } from "../hooks/category.js";
import { contributionTo } from "../hooks/contribution.js";
import { describedChains } from "../hooks/described-chains.js";
import { hookNamesOf } from "../hooks/registration.js";
import type { LoadedModule } from "../modules/loaded-module.js";
import { webResourcesOf } from "../web/web-resource.js";
import type { LockedUse } from "./lock-file.js";

/** What a module asks for: its class says it, or the description of one in another process. */
export function useOf({ info, class: moduleClass }: Pick<LoadedModule, "info" | "class">): LockedUse {
  const { passwordAuth } = CATALOGUE;
  const auth = contributionTo(passwordAuth.name, info, moduleClass);
  const { loginTypes } = methodsOf(passwordAuth, describedChains(passwordAuth, auth ? [auth] : []));
  return {
    hooks: sorted([...hookNamesOf(moduleClass)]),
    services: sorted(needsOf(moduleClass).map(({ name }) => name)),
    webPaths: sorted(
      webResourcesOf(moduleClass).flatMap(({ path, methods }) => methods.map((verb) => `${verb} ${path}`)),
    ),
    loginTypes: sorted(loginTypes.map(({ type, fields }) => `${type}(${fields.join(", ")})`)),
  };
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
