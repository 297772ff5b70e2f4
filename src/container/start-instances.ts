import { caught, shownStack } from "../errors/caught.js";
import type { Outcome } from "../errors/outcome.js";
import { messageWithCauses, problemOf, type Problem } from "../errors/problem.js";
import { hasPreDestroy, isPostConstructFailure } from "../modules/inversify.js";
import { TIMED_OUT, withinBudget } from "../modules/within-budget.js";
import { Database } from "../services/database.js";
import type { BoundModule } from "./bind-modules.js";
import { dependenciesOf } from "./dependencies.js";

/** A running module. */
export interface StartedModule extends Pick<BoundModule, "info" | "class" | "log"> {
  readonly instance: object;
  /** Stops the module. Only a module with `@preDestroy` methods keeps its container, which takes 20 KB. */
  readonly container: BoundModule["container"] | undefined;
}

/**
 * Constructs the modules, one after the other in config order, and awaits their `@postConstruct` methods. If a module
 * fails, the others are still tried: all failures are reported together, after the modules that did start have been
 * stopped.
 *
 * @param budgetMs how long one module may take.
 */
export async function startInstances(
  modules: readonly BoundModule[],
  budgetMs: number,
): Promise<Outcome<readonly StartedModule[]>> {
  const started: StartedModule[] = [];
  const problems: Problem[] = [];
  for (const module of modules) {
    const { info } = module;
    try {
      const starting = start(module);
      const instance = await withinBudget(starting, budgetMs);
      if (instance === TIMED_OUT) {
        const message = `module ${info.id} didn't start within ${budgetMs} ms`;
        problems.push(problemOf("LIGAND_MODULE_START_TIMEOUT", message, { position: info.position }));
        stopWhenStarted(module, starting, budgetMs);
      } else started.push(startedModule(module, instance));
    } catch (error) {
      problems.push(failure(module, caught(error)));
    }
  }
  if (problems.length === 0) return { value: started, problems };
  await stopInstances(started, budgetMs);
  return { problems };
}

async function start({ container, class: moduleClass }: BoundModule): Promise<object> {
  // Opening may block the process for seconds. That belongs to the start, and isn't a blocking callback.
  if (dependenciesOf(moduleClass).some(({ token }) => token === Database)) {
    await container.get(Database, { optional: true })?.open();
  }
  return container.getAsync(moduleClass);
}

function startedModule(
  { info, class: moduleClass, log, container, started }: BoundModule,
  instance: object,
): StartedModule {
  started.instance = instance;
  return { info, class: moduleClass, log, instance, container: hasPreDestroy(moduleClass) ? container : undefined };
}

/** Runs the modules' `@preDestroy` methods, last started first. An error is logged, and the rest still stop. */
export async function stopInstances(
  started: readonly Pick<StartedModule, "info" | "class" | "log" | "container">[],
  budgetMs: number,
): Promise<void> {
  for (const { info, container, class: moduleClass, log } of started.toReversed()) {
    if (!container) continue;
    try {
      const stopped = await withinBudget(container.unbindAsync(moduleClass), budgetMs);
      if (stopped === TIMED_OUT) log.warn(`module ${info.id} didn't stop within ${budgetMs} ms`);
    } catch (error) {
      log.error(`module ${info.id} failed to stop: ${messageWithCauses(error)}`, { stack: shownStack(caught(error)) });
    }
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
