import type { Container } from "inversify";
import type { Logger } from "winston";
import type { BuiltHooks } from "../catalogue/build-hooks.js";
import type { Dispatch } from "../dispatch/dispatch.js";
import { joinNeighbours } from "../dispatch/remote-callback.js";
import { setModuleLevel } from "../logging/module-logger.js";
import { Schedules } from "../modules/every.js";
import type { ModuleInfo } from "../modules/tokens.js";
import { servesPaths } from "../operate/mode.js";
import { Operation } from "../operate/operation.js";
import type { ShadowCalls } from "../operate/shadow-calls.js";
import { Scheduler } from "../services/scheduler.js";
import { noteInstance } from "../watch/seen-here.js";
import type { Web } from "../web/create-web.js";
import { webMountsOf } from "../web/web-mount.js";
import { bindContributions } from "./bind-modules.js";
import { EarlierCalls } from "./earlier-calls.js";
import type { RunningModule } from "./running-module.js";
import { stopInstance } from "./start-instances.js";

/** Where modules take their places. */
export interface PlacesFrame extends Pick<BuiltHooks, "setContributions"> {
  readonly services: Container;
  readonly dispatch: Dispatch;
  readonly web: Web;
  readonly logger: Logger;
  /** How long a module may take to start, and to stop, in milliseconds. */
  readonly budgetMs: number;
  /** In a process that tells calls in shadow from others. */
  readonly shadowCalls?: ShadowCalls | undefined;
}

/**
 * The modules that are asked now, in config order: all hooks, web resources and looping calls move from one list to the
 * next in one synchronous step. A module that has left goes on until its last call has ended.
 */
export class ModulesInPlace {
  #modules: readonly RunningModule[] = [];
  #infos: readonly ModuleInfo[] = [];
  #schedules: Schedules | undefined;
  readonly #earlier: EarlierCalls;
  /** Modules that wait for their last calls, to stop. */
  readonly #leaving = new Set<Promise<void>>();
  /** What administrators want of the callbacks. */
  readonly operation: Operation;

  constructor(private readonly frame: PlacesFrame) {
    this.#earlier = new EarlierCalls(frame.dispatch.watchdog, ({ log }) => this.operation.shadows.has(log));
    this.operation = new Operation({ budgets: frame.dispatch.budgets, shadowCalls: frame.shadowCalls });
  }

  get modules(): readonly RunningModule[] {
    return this.#modules;
  }

  get infos(): readonly ModuleInfo[] {
    return this.#infos;
  }

  find(id: string): RunningModule | undefined {
    return this.#modules.find(({ info }) => info.id === id);
  }

  /** The step: from here on, these modules are asked, and no others. */
  put(modules: readonly RunningModule[]): void {
    const { dispatch, web, logger } = this.frame;
    const chains = [...dispatch.chains].flatMap(({ plan: { callbacks, reports } }) =>
      callbacks.map(({ module }) => ({ module: module.id, report: reports.pending })),
    );
    const earlier = [...chains, ...web.calls];
    try {
      this.#set(modules);
    } catch (error) {
      this.#set(this.#modules);
      throw error;
    }
    this.#modules = modules;
    this.#infos = Object.freeze(modules.map(({ info }) => info));
    logger.debug(
      `Hooks, web paths and @Every are those of ${this.#infos.map(({ id }) => id).join(", ") || "no module"}`,
    );
    this.#earlier.add(earlier);
  }

  #set(modules: readonly RunningModule[]): void {
    const { services, setContributions, web, dispatch } = this.frame;
    this.#schedules ??= new Schedules(services.get(Scheduler));
    for (const { info, instance, log, operate } of modules) {
      noteInstance(instance, info);
      setModuleLevel(log, operate?.logLevel);
    }
    const contributions = bindContributions(modules);
    setContributions(({ token }) => contributions.getAll(token), {
      ...this.operation.arrangement(modules),
      join: (callbacks, hook) => joinNeighbours(callbacks, hook, dispatch.recorder),
    });
    web.setMounts(modules.filter(servesPaths).flatMap(({ info, instance }) => webMountsOf(info, instance)));
    this.#schedules.replace(modules);
  }

  /** Stops modules once nothing waits for them any more. */
  dismiss(modules: readonly RunningModule[]): void {
    for (const module of modules) {
      const leaving: Promise<void> = this.stopOnceIdle(module).then(() => void this.#leaving.delete(leaving));
      this.#leaving.add(leaving);
    }
  }

  /** @returns whether the module has stopped in time */
  async stopOnceIdle(module: RunningModule): Promise<boolean> {
    if (module.isDown) return true;
    const { budgetMs } = this.frame;
    if (!(await this.#earlier.ended(module, budgetMs))) {
      module.log.warn(`module ${module.info.id} stops with calls in flight after ${budgetMs} ms`);
    }
    return stopInstance(module, budgetMs);
  }

  /** Ends the looping calls and those in shadow, and waits until the modules that are leaving have stopped. */
  async close(): Promise<void> {
    this.#schedules?.cancel();
    this.operation.shadows.end();
    await Promise.all(this.#leaving);
  }
}
