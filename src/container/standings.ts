import { problemLine } from "../errors/problem.js";
import type { FailedModule } from "../modules/load-modules.js";
import type { ModuleParts } from "./bind-modules.js";
import type { ModuleStanding } from "./health.js";
import type { RunningModule } from "./running-module.js";

/** The modules of a host, by what has become of them. */
export interface Situation {
  readonly modules: readonly RunningModule[];
  /** What the others run without. */
  readonly failed: readonly FailedModule[];
  /** What is listed and not to be run. */
  readonly disabled: readonly string[];
  /** What is being started. */
  readonly starting: readonly ModuleParts[];
}

/** How modules are doing, and since when. */
export class Standings {
  #all: ReadonlyMap<string, ModuleStanding> = new Map();

  /** Those of the configuration in its order, then those that failed, then the disabled ones. */
  get all(): readonly ModuleStanding[] {
    return [...this.#all.values()];
  }

  /** To be called whenever something has changed. */
  note(situation: Situation, isStopped: boolean): void {
    const now = Date.now();
    const since = (standing: Omit<ModuleStanding, "since">): ModuleStanding => {
      const before = this.#all.get(standing.id);
      const isSame = before?.state === standing.state && before.restarts === standing.restarts;
      return { ...standing, since: isSame ? before.since : now };
    };
    this.#all = new Map(standingsIn(situation, isStopped).map((standing) => [standing.id, since(standing)]));
  }
}

function standingsIn(
  { modules, failed, disabled, starting }: Situation,
  isStopped: boolean,
): Omit<ModuleStanding, "since">[] {
  const all = new Map<string, Omit<ModuleStanding, "since">>();
  const idle = { restarts: 0, problems: [] };
  for (const { info, operate, restarts, isDown } of modules) {
    const state = isDown ? "failed" : isStopped ? "stopped" : "running";
    all.set(info.id, { id: info.id, mode: operate?.mode ?? "enforce", state, restarts, problems: [] });
  }
  for (const { info, mode, problems } of failed) {
    all.set(info.id, { ...idle, id: info.id, mode, state: "failed", problems: problems.map(problemLine) });
  }
  for (const { info, operate } of starting) {
    // What is replaced goes on meanwhile.
    if (all.get(info.id)?.state === "running") continue;
    all.set(info.id, { ...idle, id: info.id, mode: operate?.mode ?? "enforce", state: "starting" });
  }
  for (const id of disabled) all.set(id, { ...idle, id, mode: "disabled", state: "stopped" });
  return [...all.values()];
}
