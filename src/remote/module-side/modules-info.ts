import { CATALOGUE } from "../../catalogue/index.js";
import { loginTypesOf } from "../../catalogue/auth-checkers.js";
import { contributionsTo } from "../../container/check-modules.js";
import { callbacksOf, heardBy } from "../../hooks/contribution.js";
import type { AnyHook } from "../../hooks/hook.js";
import { classInterest, unionOfInterests } from "../../hooks/interest.js";
import { referenceName } from "../../hooks/reference-name.js";
import type { LoadedModule } from "../../modules/load-modules.js";
import { webResourcesOf } from "../../web/web-resource.js";
import { PROTOCOL_VERSION, type ModulesInfo, type RemoteHook, type RemoteWebPath } from "../wire/protocol.js";

/** What modules tell a homeserver of themselves. Their classes say it all: none is constructed. */
export function modulesInfo(modules: readonly LoadedModule[], ligand: string, instance: string): ModulesInfo {
  const authCheckers = contributionsTo(CATALOGUE.passwordAuth.name, modules);
  return {
    protocol: PROTOCOL_VERSION,
    ligand,
    instance,
    modules: modules.map(({ info: { id, name } }) => ({ id, name })),
    hooks: Object.entries(CATALOGUE).flatMap(([property, category]) => {
      const heard = heardBy(category, contributionsTo(category.name, modules));
      return Object.entries(category.hooks as Record<string, AnyHook>).flatMap(([hook, declared]): RemoteHook[] => {
        const callbacks = heard.flatMap((contribution) => callbacksOf(contribution, hook));
        if (declared.keyed || callbacks.length === 0) return [];
        const { parameters, types, state } = unionOfInterests(callbacks.map((one) => classInterest(declared, one)));
        return [
          {
            category: property,
            hook,
            referenceName: referenceName(hook, declared),
            status: declared.status,
            shield: declared.shield,
            callbacks: callbacks.map(({ module, name }) => ({ module: module.id, name })),
            parameters,
            types,
            state,
          },
        ];
      });
    }),
    loginTypes: loginTypesOf(authCheckers.flatMap((contribution) => callbacksOf(contribution, "authChecker"))),
    webPaths: webPathsOf(modules),
  };
}

/** The first module that declares a path keeps it. */
function webPathsOf(modules: readonly LoadedModule[]): RemoteWebPath[] {
  const owners = new Map<string, { module: string; methods: Set<string> }>();
  for (const { info, class: moduleClass } of modules) {
    for (const { path, methods } of webResourcesOf(moduleClass)) {
      const owner = owners.get(path) ?? { module: info.id, methods: new Set() };
      owners.set(path, owner);
      if (owner.module === info.id) for (const method of methods) owner.methods.add(method);
    }
  }
  return Array.from(owners, ([path, { module, methods }]) => ({ path, module, methods: [...methods] }));
}
