import type { JsonSchema } from "../config/json-schema.js";
import type { ModuleEntry } from "../config/module-entry.js";
import type { Outcome } from "../errors/outcome.js";
import type { ModuleOfEntry, NamedModule, OtherProcesses } from "../modules/load-modules.js";
import type { CodeProblems } from "../modules/holding.js";
import type { PlacedModule } from "../modules/loaded-module.js";
import type { Vitals } from "./health.js";
import type { ModuleProcesses, ModuleProcessesOptions } from "../remote/homeserver-side/module-processes.js";

/** The processes of a host's modules. Most hosts have none, and load nothing of them. */
export class ProcessesOnDemand implements OtherProcesses {
  #made: ModuleProcesses | undefined;

  constructor(private readonly options: ModuleProcessesOptions) {}

  /** Whether all modules have one. */
  get areForAll(): boolean {
    return this.options.onlyProcess !== undefined;
  }

  has(entry: ModuleEntry): boolean {
    return this.areForAll || entry.operate?.process !== undefined;
  }

  async find(entries: readonly ModuleEntry[], laterProblems?: CodeProblems): Promise<readonly Outcome<NamedModule>[]> {
    if (entries.length > 0 && !this.#made) {
      const { ModuleProcesses } = await import("../remote/homeserver-side/module-processes.js");
      this.#made = new ModuleProcesses(this.options);
    }
    return (await this.#made?.find(entries, laterProblems)) ?? [];
  }

  async describe(modules: readonly ModuleOfEntry[]): Promise<Outcome<readonly PlacedModule[]>> {
    return (await this.#made?.describe(modules)) ?? { value: [], problems: [] };
  }

  /** As {@link ModuleProcesses.entrySchemas}. */
  async entrySchemas(): ReturnType<ModuleProcesses["entrySchemas"]> {
    return (await this.#made?.entrySchemas()) ?? new Map<ModuleEntry, Outcome<JsonSchema>>();
  }

  /** As {@link ModuleProcesses.offer}. */
  async offer(...given: Parameters<ModuleProcesses["offer"]>): ReturnType<ModuleProcesses["offer"]> {
    return (await this.#made?.offer(...given)) ?? [];
  }

  /** How the process of a module is doing, by the id of the module. */
  get health(): ModuleProcesses["health"] {
    return this.#made?.health ?? new Map();
  }

  /** How the process of a module is doing; undefined for modules of this one. */
  vitalsOf(id: string): Vitals | undefined {
    const health = this.health.get(id);
    if (!health) return undefined;
    const { state, since, restarts, lastEnd } = health;
    return {
      // While it restarts, something else answers for it.
      state: state === "restarting" ? "degraded" : state,
      since: since.getTime(),
      restarts,
      ...(lastEnd && { problems: [`its process ended: ${lastEnd.reason}`] }),
    };
  }

  /** As {@link ModuleProcesses.assertConnected}. */
  assertConnected(): void {
    this.#made?.assertConnected();
  }

  /** As {@link ModuleProcesses.settle}. */
  async settle(...given: Parameters<ModuleProcesses["settle"]>): Promise<void> {
    await this.#made?.settle(...given);
  }

  /** Ends all processes. */
  async stop(): Promise<void> {
    await this.#made?.stop();
  }
}
