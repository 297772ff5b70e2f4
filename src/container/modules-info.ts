import { CATALOGUE } from "../catalogue/index.js";
import { servesPaths } from "../operate/mode.js";
import { contributionsTo, shadowsOf } from "./check-modules.js";
import type { Host } from "./host.js";
import { callbackName, type CallbackName } from "../hooks/callback-name.js";
import { methodsOf } from "../hooks/category.js";
import { callbacksOf, participantsOf, type Interest } from "../hooks/contribution.js";
import { describedChains } from "../hooks/described-chains.js";
import type { AnyHook } from "../hooks/hook.js";
import { classInterest } from "../hooks/interest.js";
import { referenceName } from "../hooks/reference-name.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { webResourcesOf } from "../web/web-resource.js";
import {
  PROTOCOL_VERSION,
  type ModulesInfo,
  type RemoteCallback,
  type RemoteHook,
  type RemoteWebPath,
} from "../remote/wire/protocol.js";
import { chainOf } from "./chain-of.js";

/** A module, as far as its class describes it. */
type Described = Pick<LoadedModule, "info" | "class" | "operate">;

/** How modules introduce themselves to a homeserver. Their classes say it all: none is constructed. */
export function modulesInfo(modules: readonly Described[], ligand: string, instance: string): ModulesInfo {
  const { passwordAuth } = CATALOGUE;
  return {
    protocol: PROTOCOL_VERSION,
    ligand,
    instance,
    modules: modules.map(({ info: { id, name } }) => ({ id, name })),
    hooks: Object.entries(CATALOGUE).flatMap(([property, category]) => {
      const participants = participantsOf(category, contributionsTo(category.name, modules));
      const shadows = shadowsOf(category, modules);
      return Object.entries(category.hooks as Record<string, AnyHook>).flatMap(([hook, declared]): RemoteHook[] => {
        const enforced = participants.flatMap((contribution) => callbacksOf(contribution, hook));
        // Where registering a hook changes what the homeserver does, a module that is only tried isn't a reason to.
        if (enforced.length === 0 && declared.atSynapse?.kind === "changes") return [];
        const callbacks = [...enforced, ...shadows.flatMap((contribution) => callbacksOf(contribution, hook))];
        if (callbacks.length === 0) return [];
        return [
          {
            category: property,
            hook,
            referenceName: referenceName(hook, declared),
            status: declared.status,
            shield: declared.shield,
            callbacks: callbacks.map((callback) =>
              remoteCallback(callbackName(callback), classInterest(declared, callback)),
            ),
          },
        ];
      });
    }),
    loginTypes: methodsOf(passwordAuth, describedChains(passwordAuth, contributionsTo(passwordAuth.name, modules)))
      .loginTypes,
    webPaths: webPathsOf(modules),
  };
}

/** The same hooks, as the callbacks of constructed modules look at their arguments. */
export function startedHooks(hooks: readonly RemoteHook[], host: Host): readonly RemoteHook[] {
  return hooks.map((hook) => {
    const { called, interests } = chainOf(host, hook.category, hook.hook)!.method;
    return { ...hook, callbacks: called.map((name, index) => remoteCallback(name, interests[index]!)) };
  });
}

function remoteCallback(name: CallbackName, { parameters, types, state }: Interest): RemoteCallback {
  return { ...name, parameters, types, state };
}

/** The first module that declares a path keeps it. */
function webPathsOf(modules: readonly Described[]): RemoteWebPath[] {
  const owners = new Map<string, { module: string; methods: Set<string> }>();
  for (const { info, class: moduleClass } of modules.filter(servesPaths)) {
    for (const { path, methods } of webResourcesOf(moduleClass)) {
      const owner = owners.get(path) ?? { module: info.id, methods: new Set() };
      owners.set(path, owner);
      if (owner.module === info.id) for (const method of methods) owner.methods.add(method);
    }
  }
  return Array.from(owners, ([path, { module, methods }]) => ({ path, module, methods: [...methods] }));
}
