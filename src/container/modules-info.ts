import { CATALOGUE } from "../catalogue/index.js";
import { servesPaths } from "../operate/mode.js";
import { operatedInterest } from "../operate/operated-interest.js";
import { contributionsTo, loginTypesOf, shadowsOf } from "./contributions.js";
import { settingsFor } from "../config/operate/operate-settings.js";
import { callbackName } from "../hooks/callback-name.js";
import { callbacksOf, participantsOf, type RegisteredCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { classInterest, interestOf } from "../hooks/interest.js";
import { facetsOf } from "../hooks/parameter.js";
import { wholeInterest } from "../hooks/whole-interest.js";
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

/** A module, as far as its class describes it, and its instance once it has been constructed. */
export type DescribedModule = Pick<LoadedModule, "info" | "class" | "operate"> & { readonly instance?: object };

/** How modules introduce themselves to a homeserver. Their classes say enough: they need not be constructed. */
export function modulesInfo(
  modules: readonly DescribedModule[],
  ligand: string,
  instance: string,
  describeHooks: DescribeHooks = hooksOf,
): ModulesInfo {
  return {
    protocol: PROTOCOL_VERSION,
    ligand,
    instance,
    modules: modules.map(({ info: { id, name } }) => ({ id, name })),
    hooks: describeHooks(modules),
    loginTypes: loginTypesOf(modules),
    webPaths: webPathsOf(modules),
  };
}

/** The hooks that modules answer, as a homeserver is to know them. */
export type DescribeHooks = (modules: readonly DescribedModule[]) => RemoteHook[];

/** The hooks that modules answer, and what their callbacks look at. A constructor may replace a method by one that looks at more. */
export const hooksOf: DescribeHooks = (modules) => describedHooks(modules, (_, interest) => interest);

/** The same with all that they're asked about, for records of what they decide. */
export const recordedHooksOf: DescribeHooks = (modules) => describedHooks(modules, wholeInterest);

function describedHooks(modules: readonly DescribedModule[], widen: typeof wholeInterest): RemoteHook[] {
  const byInfo = new Map<object, DescribedModule>(modules.map((module) => [module.info, module]));
  return Object.entries(CATALOGUE).flatMap(([property, category]) => {
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
          facets: facetsOf(declared.parameters),
          callbacks: callbacks.map((callback) =>
            remoteCallback(callback, hook, declared, byInfo.get(callback.module)!, widen),
          ),
        },
      ];
    });
  });
}

function remoteCallback(
  callback: RegisteredCallback,
  name: string,
  hook: AnyHook,
  { operate, instance }: DescribedModule,
  widen: typeof wholeInterest,
): RemoteCallback {
  const settings = settingsFor(operate, name);
  const declared = instance
    ? interestOf(hook, (instance as Record<string | symbol, unknown>)[callback.method], callback.options)
    : classInterest(hook, callback);
  const { parameters, types, state } = widen(hook, operatedInterest(hook, settings, declared));
  const { only, except } = settings;
  return { ...callbackName(callback), parameters, types, state, ...(only && { only }), ...(except && { except }) };
}

/** The first module that declares a path keeps it. */
function webPathsOf(modules: readonly DescribedModule[]): RemoteWebPath[] {
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
