import type { Logger } from "winston";
import type { Arrangement } from "#src/dispatch/arrangement.js";
import { SweepingBudgets, type TimeSource } from "#src/dispatch/sweeping-budgets.js";
import { buildCategory } from "#src/dispatch/build-category.js";
import type { Category, CategoryMethods, ChainMethods } from "#src/hooks/category.js";
import type { Chain } from "#src/dispatch/chain.js";
import { contributionTo, type LiveContribution } from "#src/hooks/contribution.js";
import { decoratorsOf } from "#src/hooks/decorators.js";
import { Dispatch } from "#src/dispatch/dispatch.js";
import type { Observer } from "#src/dispatch/observer.js";
import type { Watchdog } from "#src/dispatch/watchdog.js";
import { createLogger } from "#src/logging/create-logger.js";
import { deferredLogger } from "#src/logging/deferred-logger.js";
import { moduleLogger } from "#src/logging/module-logger.js";
import { givenTo } from "../catalogue/sampled-hooks.js";
import { CapturedStream } from "../logging/captured-stream.js";

/** A function in the place of a module's method; of any signature, since tests answer what no type allows. */
export type Callback = (...args: any[]) => unknown;

/** A module as the functions that it has on hooks. */
export type ModuleOfFunctions = Readonly<Record<string, Callback>>;

/** The hooks of one category with the callbacks of some modules, and what was seen of them. */
export interface StartedCategory<C extends Category<any>> {
  readonly hooks: CategoryMethods<C>;
  /** What the hooks are made of. */
  readonly chainMethods: ChainMethods<C["hooks"]>;
  /** The chains of now. */
  readonly chains: readonly Chain[];
  readonly watchdog: Watchdog;
  /** The ids of modules of functions, in the order in which they were called. */
  readonly asked: readonly string[];
  /** What was written to the log, as JSON lines. */
  readonly log: CapturedStream;
  /** What was written to the log, without the times, and of each stack the first line. */
  lines(): object[];
  /** Replaces the callbacks by those of other modules. @param arrangement what is asked of them. */
  setModules(modules: Modules, arrangement?: Arrangement): void;
}

/** Classes with decorators, or functions by the names of hooks; by the ids of the modules. */
type Modules = Readonly<Record<string, ModuleOfFunctions | (new () => object)>>;

interface StartOptions {
  readonly pendingLimitMs?: number;
  readonly observer?: Observer;
  /** Where the budgets of callbacks get the time. */
  readonly time?: TimeSource;
}

/** Starts a category by what the modules are. */
export function startCategory<C extends Category<any>>(
  category: C,
  modules: Modules = {},
  { pendingLimitMs = 60_000, observer, time }: StartOptions = {},
): StartedCategory<C> {
  const asked: string[] = [];
  const log = new CapturedStream();
  const logger = loggerTo(log);
  const dispatch = new Dispatch(pendingLimitMs, observer, new SweepingBudgets(time));
  const { methods: hooks, chains: chainMethods, prepare } = buildCategory(category, dispatch);
  const setModules = (given: Modules, arrangement?: Arrangement) =>
    prepare(
      Object.entries(given).flatMap(([id, module]) => {
        const moduleClass = typeof module === "function" ? module : classOf(category, id, module, asked);
        return contributionOf(category, id, moduleClass, logger) ?? [];
      }),
      arrangement,
    )();
  setModules(modules);
  const lines = () => log.lines.map((line) => lineWithoutTime(JSON.parse(line) as Record<string, unknown>));
  return {
    hooks,
    chainMethods,
    get chains() {
      return [...dispatch.chains];
    },
    watchdog: dispatch.watchdog,
    asked,
    log,
    lines,
    setModules,
  };
}

/** A logger that takes no time while nothing is logged. Apart, since callbacks that outlive their chain keep it, with its scope. */
function loggerTo(stream: CapturedStream): Logger {
  return deferredLogger(() => createLogger({ format: "json", level: "debug", stream }));
}

function contributionOf(
  category: Category,
  id: string,
  moduleClass: new () => object,
  logger: Logger,
): LiveContribution | undefined {
  const contribution = contributionTo(category.name, { id }, moduleClass);
  return contribution && { ...contribution, instance: new moduleClass(), log: moduleLogger(logger, { id }) };
}

function classOf(category: Category, id: string, module: ModuleOfFunctions, asked: string[]): new () => object {
  const moduleClass = { [id]: class {} }[id] as new () => object;
  const prototype = moduleClass.prototype as object;
  const decorators = decoratorsOf(category) as Record<string, (...args: unknown[]) => (...target: unknown[]) => void>;
  for (const [hook, callback] of Object.entries(module)) {
    const method = (...args: unknown[]) => {
      asked.push(id);
      return callback(...args);
    };
    Object.defineProperty(prototype, hook, { value: method });
    decorators[hook]!(...givenTo(category.property, hook))(prototype, hook);
  }
  return moduleClass;
}

function lineWithoutTime({ timestamp: _, stack, ...line }: Record<string, unknown>): object {
  return typeof stack === "string" ? { ...line, stack: stack.split("\n")[0] } : line;
}
