import { loginTypesOf } from "../container/contributions.js";
import { needsOf } from "../container/dependencies.js";
import { hookNamesOf } from "../hooks/registration.js";
import type { LoadedModule } from "../modules/loaded-module.js";
import { webResourcesOf } from "../web/web-resource.js";
import type { LockedUse } from "./lock-file.js";

/** What a module asks for: its class says it, or the description of one in another process. */
export function useOf({ info, class: moduleClass }: Pick<LoadedModule, "info" | "class">): LockedUse {
  return {
    hooks: sorted([...hookNamesOf(moduleClass)]),
    services: sorted(needsOf(moduleClass).map(({ name }) => name)),
    webPaths: sorted(
      webResourcesOf(moduleClass).flatMap(({ path, methods }) => methods.map((verb) => `${verb} ${path}`)),
    ),
    loginTypes: sorted(
      loginTypesOf([{ info, class: moduleClass }]).map(({ type, fields }) => `${type}(${fields.join(", ")})`),
    ),
  };
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
