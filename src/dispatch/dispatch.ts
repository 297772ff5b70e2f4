import type { Budgets } from "./budgets.js";
import { Chain } from "./chain.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Observer } from "./observer.js";
import type { Recorder } from "./recorded-dispatch.js";
import { renderMetrics } from "./render-metrics.js";
import { SweepingBudgets } from "./sweeping-budgets.js";
import { TracedChain, type Tracing } from "./traced-chain.js";
import { Watchdog } from "./watchdog.js";

/** All chains of a host, and what they share. */
export class Dispatch {
  /** One for each hook, and for each login type of the auth checkers. */
  readonly chains = new Set<Chain>();
  readonly watchdog: Watchdog;
  #recorder: Recorder | undefined;

  /**
   * @param pendingLimitMs when to log a callback that hasn't settled, in milliseconds.
   * @param observer called after each callback; dispatch pays for it only if there is one.
   * @param budgets gives up callbacks that don't answer in time.
   * @param tracing follows dispatches; undefined where no one does.
   */
  constructor(
    pendingLimitMs: number,
    readonly observer?: Observer,
    readonly budgets: Budgets = new SweepingBudgets(),
    private readonly tracing?: Tracing,
  ) {
    this.watchdog = new Watchdog(pendingLimitMs);
  }

  /** Receives each dispatch from now on; undefined for none. */
  record(recorder: Recorder | undefined): void {
    this.#recorder = recorder;
    for (const chain of this.chains) chain.renew();
  }

  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  /** A chain without callbacks yet. @param name `Category.hook`. */
  newChain(name: string, hook: AnyHook): Chain {
    const chain = this.tracing ? new TracedChain(name, hook, this, this.tracing) : new Chain(name, hook, this);
    this.chains.add(chain);
    return chain;
  }

  /** How often each callback was called and failed, and how long calls took: Prometheus text format. */
  metrics(serverName: string): string {
    return renderMetrics([...this.chains], this.watchdog, serverName);
  }

  /** From now on hooks throw `LIGAND_HOST_STOPPED`. */
  stop(): void {
    for (const chain of this.chains) chain.stop();
    this.watchdog.stop();
  }
}
