import { caught, shownStack } from "../errors/caught.js";
import { messageWithCauses, problemOf, type Problem } from "../errors/problem.js";
import { StartError } from "../errors/start-error.js";
import { describedNeeds } from "../modules/described-needs.js";
import { hasPreDestroy, isPostConstructFailure } from "../modules/inversify.js";
import { TIMED_OUT, withinBudget } from "../modules/within-budget.js";
import { Database } from "../services/database.js";
import { partsOf, type BoundModule, type ModuleParts } from "./bind-modules.js";
import { dependenciesOf } from "./dependencies.js";

/** A module that has started. */
export interface StartedModule extends ModuleParts {
  readonly instance: object;
  readonly log: BoundModule["log"];
  readonly endTimers: BoundModule["endTimers"];
  /** Stops the module. Only a module with `@preDestroy` methods keeps its container, which takes 20 KB. */
  readonly container: BoundModule["container"] | undefined;
}

/** Why a module isn't running. */
export interface ModuleFailure {
  readonly module: ModuleParts;
  readonly problem: Problem;
}

/** Which modules have started, and which haven't. */
export interface StartAttempts {
  readonly started: readonly StartedModule[];
  readonly failures: readonly ModuleFailure[];
}

/**
 * Constructs the modules, one after the other in config order, and awaits their `@postConstruct` methods. If a module
 * fails, the others are still tried: all failures are reported together.
 *
 * @param budgetMs how long one module may take.
 */
export async function startInstances(
  modules: readonly BoundModule[],
  budgetMs: number,
  logger: { debug(message: string): unknown },
): Promise<StartAttempts> {
  const started: StartedModule[] = [];
  const failures: ModuleFailure[] = [];
  for (const module of modules) {
    const { info } = module;
    const begun = performance.now();
    try {
      const starting = start(module);
      const instance = await withinBudget(starting, budgetMs);
      if (instance === TIMED_OUT) {
        const message = `module ${info.id} didn't start within ${budgetMs} ms`;
        const problem = problemOf("LIGAND_MODULE_START_TIMEOUT", message, { position: info.position });
        failures.push({ module, problem });
        stopWhenStarted(module, starting, budgetMs);
      } else {
        started.push(startedModule(module, instance));
        logger.debug(`Started module ${info.id} in ${Math.round(performance.now() - begun)} ms`);
      }
    } catch (error) {
      module.endTimers();
      for (const problem of problemsOf(module, caught(error))) failures.push({ module, problem });
    }
  }
  return { started, failures };
}

async function start({ container, class: moduleClass }: BoundModule): Promise<object> {
  // Opening may block the process for seconds. That belongs to the start, and isn't a blocking callback.
  if (dependenciesOf(moduleClass).some(({ token }) => token === Database)) {
    await container.get(Database, { optional: true })?.open();
  }
  return container.getAsync(moduleClass);
}

function startedModule(module: BoundModule, instance: object): StartedModule {
  const container = hasPreDestroy(module.class) ? module.container : undefined;
  const { log, endTimers } = module;
  return { ...partsOf(module), log, endTimers, instance, container };
}

type Stoppable = Pick<StartedModule, "info" | "class" | "log" | "container" | "endTimers">;

/** Ends the modules' timers and runs their `@preDestroy` methods, last started first. An error is logged, and the rest still stop. */
export async function stopInstances(started: readonly Stoppable[], budgetMs: number): Promise<void> {
  for (const module of started.toReversed()) await stopInstance(module, budgetMs);
}

/**
 * Ends the timers of a module and runs its `@preDestroy` methods. An error is logged.
 *
 * @returns whether they have ended in time
 */
export async function stopInstance(module: Stoppable, budgetMs: number): Promise<boolean> {
  const { info, container, class: moduleClass, log } = module;
  module.endTimers();
  if (!container) return true;
  try {
    if ((await withinBudget(container.unbindAsync(moduleClass), budgetMs)) !== TIMED_OUT) return true;
    log.warn(`module ${info.id} didn't stop within ${budgetMs} ms`);
    return false;
  } catch (error) {
    log.error(`module ${info.id} failed to stop: ${messageWithCauses(error)}`, { stack: shownStack(caught(error)) });
    return true;
  }
}

/** A module that starts after its time is up is stopped again: nothing would call it. */
function stopWhenStarted(module: BoundModule, starting: Promise<unknown>, budgetMs: number): void {
  const { info, log } = module;
  starting.then(
    () => stopInstances([module], budgetMs),
    (error: unknown) =>
      log.error(`module ${info.id} failed after its start had timed out: ${messageWithCauses(error)}`),
  );
}

/** What the process of a module says; or what its code threw here. */
function problemsOf(module: BoundModule, error: Error): readonly Problem[] {
  const isElsewhere = describedNeeds(module.class) !== undefined;
  return isElsewhere && error.cause instanceof StartError ? error.cause.problems : [failure(module, error)];
}

function failure({ info: { id, position } }: BoundModule, error: Error): Problem {
  return isPostConstructFailure(error)
    ? problemOf("LIGAND_MODULE_START_FAILED", `module ${id} failed in its @postConstruct method`, {
        position,
        cause: caught(error.cause),
      })
    : problemOf("LIGAND_MODULE_CONSTRUCTION_FAILED", `couldn't construct module ${id}`, {
        position,
        cause: error,
      });
}
