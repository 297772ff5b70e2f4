import { LigandError } from "../errors/ligand-error.js";
import { problemLine, problemOf, type Problem } from "../errors/problem.js";
import { StartError } from "../errors/start-error.js";
import type { DefaultServicesSettings } from "../default-services/default-services.js";
import type { FailedModule, LoadedModule } from "../modules/load-modules.js";
import { moduleMetadata } from "../modules/module.js";
import type { ModuleInfo } from "../modules/tokens.js";
import { bindModules, partsOf, type BoundModule, type ModuleParts } from "./bind-modules.js";
import { serviceProblems, type RemedyOf } from "./check-modules.js";
import { changesOf, compareModules, type Comparison, type ModuleChanges } from "./compare-modules.js";
import type { ModuleStanding, VitalsOf } from "./health.js";
import { ModulesInPlace, type PlacesFrame } from "./modules-in-place.js";
import type { ProcessesOnDemand } from "./processes-on-demand.js";
import { startInstances, stopInstances, type ModuleFailure, type StartedModule } from "./start-instances.js";
import type { RunningModule } from "./running-module.js";
import { Standings } from "./standings.js";
import { unavailable } from "./unavailable.js";

/** What modules run in. */
export interface ModulesFrame extends PlacesFrame {
  readonly remedyOf?: RemedyOf;
  /** Calls `put`, which replaces the modules that run in one step, once those who ask them are ready for it. */
  readonly changeOver?: (modules: readonly RunningModule[], put: () => void) => Promise<void>;
  /** The modules that run in other processes. */
  readonly others: ProcessesOnDemand;
  /** The settings of Ligand's own services. */
  readonly defaultServices: DefaultServicesSettings;
  /** Notes what a callback of a module in another process asked there, where that's recorded. */
  readonly noteReads?: Parameters<ProcessesOnDemand["offer"]>[2];
}

/** The modules of a configuration: those to run, and those that the others run without. */
export interface ModulesToRun {
  readonly loaded: readonly LoadedModule[];
  readonly failed: readonly FailedModule[];
  /** The ids of those that are listed and not to be run. */
  readonly disabled: readonly string[];
}

/** The modules that run now, in config order, and how another list takes their place. */
export class RunningModules {
  readonly #places: ModulesInPlace;
  #failed: readonly FailedModule[] = [];
  #disabled: readonly string[] = [];
  readonly #standings = new Standings();
  #exchange: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(private readonly frame: ModulesFrame) {
    this.#places = new ModulesInPlace(frame);
  }

  get modules(): readonly RunningModule[] {
    return this.#places.modules;
  }

  get infos(): readonly ModuleInfo[] {
    return this.#places.infos;
  }

  /** How the circuit breakers of a module are doing. */
  readonly breakersOf: VitalsOf = (id) => {
    const own = this.#places.operation.breakers.flatMap(({ module, breaker }) => (module === id ? breaker : []));
    const open = own.filter(({ state }) => state !== "closed");
    if (open.length === 0) return { since: Math.max(0, ...own.map(({ since }) => since)) };
    return { state: "degraded", since: Math.min(...open.map(({ since }) => since)), openBreakers: open.length };
  };

  /** How each module is doing: those of the configuration in its order, then those that failed, then the disabled ones. */
  get standings(): readonly ModuleStanding[] {
    return this.#standings.all;
  }

  /**
   * What {@link exchange} would do. Constructs nothing.
   *
   * @throws {StartError} when a module misses a service
   */
  async preview(next: ModulesToRun): Promise<ModuleChanges> {
    const comparison = compareModules(this.modules, next.loaded);
    const { failures } = await this.#bind(comparison);
    return changesOf(comparison, idsOf([...next.failed, ...failures.map(({ module }) => module)]));
  }

  /**
   * Runs these modules instead of those that run now. Instances whose entries are unchanged stay. The others start beside
   * those that run, or after them if they have to; then all change places. Those that are gone stop once nothing waits for
   * them any more. Not to be called again before it has ended.
   *
   * @throws {StartError} with every module that misses a service or failed to start; then everything is as it was.
   */
  exchange(next: ModulesToRun): Promise<ModuleChanges> {
    this.#note(next.loaded);
    const exchange = this.#startAndPut(next).finally(() => this.#note());
    this.#exchange = exchange.catch(() => undefined);
    return exchange;
  }

  /** Stops everything: looping calls end, then the modules, last started first. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#exchange;
    await this.#places.close();
    await stopInstances(this.modules, this.frame.budgetMs);
    this.#note();
  }

  #note(starting: readonly ModuleParts[] = []): void {
    const situation = { modules: this.modules, failed: this.#failed, disabled: this.#disabled, starting };
    this.#standings.note(situation, this.#isStopped);
  }

  async #startAndPut(next: ModulesToRun): Promise<ModuleChanges> {
    const { budgetMs, logger } = this.frame;
    this.#assertNotStopped();
    const comparison = compareModules(this.modules, next.loaded);
    const { bound, failures } = await this.#bind(comparison);
    logger.debug(`Starting ${bound.map(({ info }) => info.id).join(", ") || "no module"}`);
    const last = bound.filter((module) => this.#comesLast(module));
    const beside = await startInstances(
      bound.filter((module) => !last.includes(module)),
      budgetMs,
      logger,
    );
    const attempts = { started: [...beside.started], failures: [...failures, ...beside.failures] };
    const stopped: RunningModule[] = [];
    try {
      assertRequired(attempts.failures);
      await this.#startAfterThem(last, attempts, stopped);
      const modules = this.#inOrder(comparison, attempts.started);
      const put = () => {
        this.#assertNotStopped();
        this.#places.put(modules);
      };
      await (this.frame.changeOver ? this.frame.changeOver(modules, put) : put());
    } catch (error) {
      await stopInstances(attempts.started, budgetMs);
      await this.#startAgain(stopped);
      throw error;
    }
    this.#failed = [...next.failed, ...failedModules(attempts.failures)];
    this.#disabled = next.disabled;
    for (const { info, problems } of this.#failed) {
      for (const problem of problems) logger.error(`The others run without module ${info.id}: ${problemLine(problem)}`);
    }
    const replaced = comparison.modules.flatMap(({ running, isKept }) => (running && !isKept ? [running] : []));
    this.#places.dismiss([...replaced, ...comparison.removed].filter((module) => !stopped.includes(module)));
    return changesOf(comparison, idsOf(this.#failed));
  }

  #comesLast({ info, class: moduleClass }: ModuleParts): boolean {
    return moduleMetadata(moduleClass)?.reload === "stop-first" && this.#places.find(info.id) !== undefined;
  }

  /** Binds what doesn't run yet. */
  async #bind({ modules }: Comparison): Promise<{ bound: BoundModule[]; failures: ModuleFailure[] }> {
    const { services, logger, remedyOf, others, defaultServices, noteReads, shadowCalls } = this.frame;
    const fresh = modules.flatMap(({ loaded, isKept }) => (isKept ? [] : [loaded]));
    const elsewhere = await others.offer(services, defaultServices, noteReads);
    const failures: ModuleFailure[] = [];
    const bound = bindModules(fresh, services, logger, shadowCalls).filter((module) => {
      const there = elsewhere.filter(({ id }) => id === module.info.id).map(({ problem }) => problem);
      const problems = [...serviceProblems(module, remedyOf), ...there];
      for (const problem of problems) failures.push({ module, problem });
      return problems.length === 0;
    });
    assertRequired(failures);
    return { bound, failures };
  }

  /** Starts modules that can't run beside the instances that they replace. */
  async #startAfterThem(
    bound: readonly BoundModule[],
    attempts: { started: StartedModule[]; failures: ModuleFailure[] },
    stopped: RunningModule[],
  ): Promise<void> {
    if (bound.length === 0) return;
    const before = this.modules;
    const leaving = before.filter(({ info }) => bound.some((module) => module.info.id === info.id));
    this.#places.put(
      before.map((module) => (leaving.includes(module) ? { ...unavailable(module), isDown: true } : module)),
    );
    this.#note(bound);
    const stuck: Problem[] = [];
    for (const module of leaving.toReversed()) {
      stopped.push(module);
      if (!(await this.#places.stopOnceIdle(module))) stuck.push(stopTimeout(module, this.frame.budgetMs));
    }
    if (stuck.length > 0) throw new StartError(stuck);
    const { started, failures } = await startInstances(bound, this.frame.budgetMs, this.frame.logger);
    attempts.started.push(...started);
    attempts.failures.push(...failures);
    assertRequired(failures);
  }

  /** Takes back that modules were stopped. What doesn't start again fails when it's asked. */
  async #startAgain(stopped: readonly RunningModule[]): Promise<void> {
    if (stopped.length === 0) return;
    const { services, logger, budgetMs, shadowCalls } = this.frame;
    const bound = bindModules(stopped, services, logger, shadowCalls);
    const { started, failures } = await startInstances(bound, budgetMs, logger);
    for (const { module, problem } of failures) {
      logger.error(`module ${module.info.id} stopped for a reload and doesn't start again: ${problemLine(problem)}`);
    }
    const ready = this.#ready(started);
    this.#places.put(this.modules.map((module) => ready.get(module.info.id) ?? module));
  }

  #ready(started: readonly StartedModule[]): Map<string, RunningModule> {
    const ready = (module: StartedModule): RunningModule => {
      const { id } = module.info;
      const before = this.#places.find(id);
      // The process of the instance before it ends, unless it's the same one.
      const { restarts = 0 } = (before?.class !== module.class && this.frame.others.vitalsOf(id)) || {};
      return { ...module, restarts: before ? before.restarts + restarts + 1 : 0, isDown: false };
    };
    return new Map(started.map((module) => [module.info.id, ready(module)]));
  }

  /** The modules of a new configuration that run, in its order. */
  #inOrder({ modules }: Comparison, started: readonly StartedModule[]): RunningModule[] {
    const ready = this.#ready(started);
    return modules.flatMap(({ loaded, running, isKept }) => {
      if (!running || !isKept) return ready.get(loaded.info.id) ?? [];
      // Not spread over: an entry without `operate:` has none.
      const { operate: _, ...instance } = running;
      return [{ ...instance, ...partsOf(loaded), config: running.config }];
    });
  }

  #assertNotStopped(): void {
    if (this.#isStopped)
      throw new LigandError("LIGAND_HOST_STOPPED", "the host stopped while its modules were replaced");
  }
}

/** @throws {StartError} with why modules aren't running that the others don't run without */
function assertRequired(failures: readonly ModuleFailure[]): void {
  const problems = failures.filter(({ module }) => module.operate?.required !== false).map(({ problem }) => problem);
  if (problems.length > 0) throw new StartError(problems);
}

function failedModules(failures: readonly ModuleFailure[]): FailedModule[] {
  const modules = new Set(failures.map(({ module }) => module));
  return Array.from(modules, (module) => ({
    info: module.info,
    mode: module.operate?.mode ?? "enforce",
    problems: failures.filter((failure) => failure.module === module).map(({ problem }) => problem),
  }));
}

function idsOf(modules: readonly { readonly info: { readonly id: string } }[]): string[] {
  return [...new Set(modules.map(({ info }) => info.id))];
}

function stopTimeout({ info: { id, position } }: ModuleParts, budgetMs: number): Problem {
  const message = `module ${id} didn't stop within ${budgetMs} ms, and can't run twice`;
  return problemOf("LIGAND_MODULE_STOP_TIMEOUT", message, { position });
}
