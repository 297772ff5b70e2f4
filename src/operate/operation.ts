import { isDeepStrictEqual } from "node:util";
import { settingsFor, type BreakerSettings, type OperateSettings } from "../config/operate/operate-settings.js";
import type { Arrangement } from "../dispatch/arrangement.js";
import type { Budgets } from "../dispatch/budgets.js";
import type { ChainCallback, HookLog } from "../hooks/contribution.js";
import { SweepingBudgets } from "../dispatch/sweeping-budgets.js";
import { arrangeCallback } from "./arrange-callback.js";
import { CircuitBreaker } from "./circuit-breaker.js";
import { possibleSettings } from "./possible.js";
import type { ShadowCalls } from "./shadow-calls.js";
import { ShadowQueue } from "./shadow-queue.js";

/** A module, and what its administrator decided about it. */
export interface OperatedModule {
  readonly info: { readonly id: string };
  readonly operate?: OperateSettings;
  /** Whether it has stopped, and isn't started yet: its failures say nothing of it. */
  readonly isDown?: boolean;
}

/** A circuit breaker, and the callback that it stands before. */
export interface PlacedBreaker {
  /** The id of the module. */
  readonly module: string;
  /** `Category.hook`. */
  readonly hook: string;
  readonly breaker: CircuitBreaker;
}

/** What an {@link Operation} needs. */
export interface OperationOptions {
  /** Gives up calls in shadow that don't answer in time. */
  readonly budgets?: Budgets;
  /** The time of circuit breakers, in milliseconds that only grow; that of `budgets` by default. */
  readonly now?: () => number;
  readonly shadowCalls?: ShadowCalls | undefined;
}

/** A circuit breaker, and what it's recognised by when callbacks are exchanged. */
interface KnownBreaker extends PlacedBreaker {
  /** Of the instance: one that takes its place has failed at nothing. */
  readonly log: HookLog;
}

/**
 * What a host does for its administrator's `operate:`. It outlives reloads: a circuit breaker that is open stays open for as
 * long as its instance runs.
 */
export class Operation {
  readonly shadows: ShadowQueue;
  readonly #now: () => number;
  #breakers: ReadonlyMap<string, KnownBreaker> = new Map();

  constructor({ budgets = new SweepingBudgets(), now = () => budgets.now(), shadowCalls }: OperationOptions = {}) {
    this.#now = now;
    this.shadows = new ShadowQueue(shadowCalls, budgets.unattended());
  }

  /** The circuit breakers of the modules that run, in the order of their callbacks. */
  get breakers(): readonly PlacedBreaker[] {
    return [...this.#breakers.values()];
  }

  /** How callbacks are called, for modules that are to run. */
  arrangement(modules: readonly OperatedModule[]): Arrangement {
    const operated = new Map(modules.map((module) => [module.info.id, module]));
    const before = this.#breakers;
    const breakers = new Map<string, KnownBreaker>();
    this.#breakers = breakers;
    const breakerFor = (callback: ChainCallback, hook: string, settings: BreakerSettings, isInShadow: boolean) => {
      const { module, method, log } = callback;
      const name = `${module.id} ${hook} ${String(method)}`;
      const key = freeKey(isInShadow ? `${name} in shadow` : name, breakers);
      const known = before.get(key);
      const breaker =
        known?.log === log && isDeepStrictEqual(known.breaker.settings, settings)
          ? known.breaker
          : this.#newBreaker(callback, hook, settings);
      breakers.set(key, { module: module.id, hook, breaker, log });
      return breaker;
    };
    return {
      shadows: this.shadows,
      arrange(callback, hook, chain) {
        const { operate, isDown } = operated.get(callback.module.id) ?? {};
        if (!operate) return callback;
        const written = settingsFor(operate, chain.slice(chain.indexOf(".") + 1));
        const settings = possibleSettings(hook, written, callback.remote !== undefined);
        const { circuitBreaker } = settings;
        const breaker = (isInShadow: boolean) =>
          circuitBreaker && !isDown ? breakerFor(callback, chain, circuitBreaker, isInShadow) : undefined;
        return arrangeCallback(callback, hook, chain, settings, breaker);
      },
    };
  }

  #newBreaker({ name, module, log }: ChainCallback, hook: string, settings: BreakerSettings): CircuitBreaker {
    const details = { hook, callback: name };
    const callback = `callback ${name} of module ${module.id} on ${hook}`;
    // The last calls of an instance that another one has taken the place of say nothing of those to come.
    const isPlaced = () => this.breakers.some((placed) => placed.breaker === breaker);
    const breaker = new CircuitBreaker(
      settings,
      {
        opened(failures, calls) {
          if (!isPlaced()) return;
          log.warn(
            `${callback} isn't called for now: ${failures} of its last ${calls} calls failed; trying it again in ${settings.openForMs / 1000} s`,
            details,
          );
        },
        closed() {
          if (isPlaced()) log.info(`${callback} works again`, details);
        },
      },
      this.#now,
    );
    return breaker;
  }
}

/** A method may be registered several times on a hook. */
function freeKey(name: string, taken: ReadonlyMap<string, unknown>): string {
  let key = name;
  for (let time = 2; taken.has(key); time++) key = `${name} ${time}`;
  return key;
}
