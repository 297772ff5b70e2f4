import { isDeepStrictEqual } from "node:util";
import { surroundingsOf } from "../config/operate/stand-ins.js";
import type { LoadedModule } from "../modules/load-modules.js";
import type { ModuleParts } from "./bind-modules.js";
import { servicesOf } from "./dependencies.js";
import type { RunningModule } from "./running-module.js";

/** What has to be known of a module to compare it. */
type Known = ModuleParts & Pick<RunningModule, "isDown">;

/** A module of a new configuration, beside the one that runs under its id. */
export interface Compared<Running = RunningModule> {
  readonly loaded: LoadedModule;
  readonly running: Running | undefined;
  /** Whether the running instance serves the new configuration as well. */
  readonly isKept: boolean;
}

/** The modules of a new configuration, in its order, and those that run now and aren't part of it. */
export interface Comparison<Running = RunningModule> {
  readonly modules: readonly Compared<Running>[];
  readonly removed: readonly Running[];
  /** The ids of the modules that run now, in their order. */
  readonly before: readonly string[];
}

/** Compares what runs with what is to run. */
export function compareModules<Running extends Known>(
  running: readonly Running[],
  loaded: readonly LoadedModule[],
): Comparison<Running> {
  const byId = new Map(running.map((module) => [module.info.id, module]));
  const modules = loaded.map((module): Compared<Running> => {
    const before = byId.get(module.info.id);
    byId.delete(module.info.id);
    return {
      loaded: module,
      running: before,
      isKept: before !== undefined && !before.isDown && isSame(before, module),
    };
  });
  return { modules, removed: [...byId.values()], before: running.map(({ info }) => info.id) };
}

/**
 * Whether an instance made for one entry serves another one. The position in the file doesn't matter. The config counts
 * both as it's written and as it was validated, which includes secrets that are read from files.
 */
function isSame(one: ModuleParts, other: ModuleParts): boolean {
  return (
    one.class === other.class &&
    one.info.specifier === other.info.specifier &&
    isDeepStrictEqual(one.written, other.written) &&
    isDeepStrictEqual(one.config, other.config) &&
    isDeepStrictEqual(surroundings(one), surroundings(other))
  );
}

function surroundings({ operate, class: moduleClass }: ModuleParts): unknown {
  return surroundingsOf(operate, () => servicesOf(moduleClass));
}

/** What a reload does to the modules, by their ids. @public */
export interface ModuleChanges {
  /** Started, because they are new. */
  readonly added: readonly string[];
  /** Started again, because their entry or their code changed. What they had in memory is gone. */
  readonly replaced: readonly string[];
  /** Stopped. */
  readonly removed: readonly string[];
  /** Still running, as the instances they were. */
  readonly kept: readonly string[];
  /** Those of them whose `operate:` changed. */
  readonly adjusted: readonly string[];
  /** Not running, because they couldn't be loaded or started, and the others run without them (`required: false`). */
  readonly failed: readonly string[];
  /** Whether those that ran before and run now are asked in another order. */
  readonly reordered: boolean;
}

/** @param failed the ids of the modules that the others run without */
export function changesOf({ modules, before }: Comparison<Known>, failed: readonly string[]): ModuleChanges {
  const run = modules.filter(({ loaded }) => !failed.includes(loaded.info.id));
  const ids = (wanted: (compared: Compared<Known>) => boolean) =>
    run.filter(wanted).map(({ loaded }) => loaded.info.id);
  const still = ids(({ running }) => running !== undefined);
  return {
    added: ids(({ running }) => running === undefined),
    replaced: ids(({ running, isKept }) => running !== undefined && !isKept),
    removed: before.filter((id) => !still.includes(id)),
    kept: ids(({ isKept }) => isKept),
    adjusted: ids(({ loaded, running, isKept }) => isKept && !isDeepStrictEqual(loaded.operate, running?.operate)),
    failed,
    reordered: !isDeepStrictEqual(
      still,
      before.filter((id) => still.includes(id)),
    ),
  };
}
