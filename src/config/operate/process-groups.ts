import type { OperateSettings, ProcessSettings } from "./operate-settings.js";

/** A process of modules, and what runs in it. */
export interface ProcessGroup<Module> {
  readonly process: ProcessSettings;
  readonly modules: readonly Module[];
}

/** The processes that some modules run in beside the homeserver's own, in the order of their first modules. */
export function processGroups<Module extends { readonly operate?: OperateSettings }>(
  modules: readonly Module[],
): readonly ProcessGroup<Module>[] {
  const shared = new Map<string, Module[]>();
  const groups: ProcessGroup<Module>[] = [];
  for (const module of modules) {
    const process = module.operate?.process;
    if (!process) continue;
    const known = shared.get(process.name);
    if (known) {
      known.push(module);
      continue;
    }
    const together = [module];
    if (process.name !== "own") shared.set(process.name, together);
    groups.push({ process, modules: together });
  }
  return groups;
}
