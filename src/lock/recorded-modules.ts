import type { ModuleEntry } from "../config/module-entry.js";
import type { Holding } from "../modules/holding.js";
import type { LoadedModule } from "../modules/loaded-module.js";
import { CodeReader } from "./code-reader.js";
import { differences } from "./differences.js";
import type { LockedCode, LockedModule, LockedModules } from "./lock-file.js";
import { useOf } from "./use-of.js";

/** Records modules for a lock, whatever they are. */
export class RecordedModules implements Holding {
  /** By what the entry loads. */
  readonly #codes = new Map<string, LockedCode>();
  readonly #reader = new CodeReader();

  readonly codeProblems = async (entry: ModuleEntry) => {
    const { value, problems } = await this.#reader.codeOf(entry);
    if (value) this.#codes.set(entry.specifier, value);
    return problems;
  };

  useProblems() {
    return [];
  }

  /** What there is to lock of modules that were loaded. */
  of(modules: readonly LoadedModule[]): LockedModules {
    return Object.fromEntries(
      modules.map((module) => [module.info.id, { ...this.#codes.get(module.info.specifier!)!, ...useOf(module) }]),
    );
  }
}

/** What is different from a lock, each in a sentence without its end. */
export function changesFrom(before: LockedModules, now: LockedModules): readonly string[] {
  const ids = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return ids.flatMap((id) => {
    const locked = Object.hasOwn(before, id) ? before[id] : undefined;
    const found = Object.hasOwn(now, id) ? now[id] : undefined;
    if (!found) return [`module ${id} is no longer there`];
    return locked ? differences(id, locked, found) : [`module ${id} is new: ${summaryOf(found)}`];
  });
}

/** A module in a few words, to look at before it's accepted. */
function summaryOf({ module, package: of, services }: LockedModule): string {
  const from = of === undefined ? "" : ` of ${of}`;
  return `\`${module}\`${from}, which asks for ${services.join(", ") || "no service"}`;
}
