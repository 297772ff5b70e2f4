import { isDeepStrictEqual } from "node:util";
import { settingsFor, type BreakerSettings, type OperateSettings } from "../config/operate/operate-settings.js";
import type { Arrangement } from "../hooks/arrangement.js";
import type { Budgets } from "../hooks/budgets.js";
import type { ChainCallback } from "../hooks/contribution.js";
import { SweepingBudgets } from "../hooks/sweeping-budgets.js";
import { arrangeCallback } from "./arrange-callback.js";
import { CircuitBreaker } from "./circuit-breaker.js";
import { possibleSettings } from "./possible.js";
import type { ShadowCalls } from "./shadow-calls.js";
import { ShadowQueue } from "./shadow-queue.js";

/** A module, and what its administrator decided about it. */
export interface OperatedModule {
  readonly info: { readonly id: string };
  readonly operate?: OperateSettings;
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

/** What a host does for its administrator's `operate:`. It outlives reloads: a circuit breaker that is open stays open. */
export class Operation {
  readonly #shadows: ShadowQueue;
  readonly #now: () => number;
  #breakers: ReadonlyMap<string, PlacedBreaker> = new Map();

  constructor({ budgets = new SweepingBudgets(), now = () => budgets.now(), shadowCalls }: OperationOptions = {}) {
    this.#now = now;
    this.#shadows = new ShadowQueue(shadowCalls, budgets.unattended());
  }

  /** The circuit breakers of the modules that run, in the order of their callbacks. */
  get breakers(): readonly PlacedBreaker[] {
    return [...this.#breakers.values()];
  }

  /** How callbacks are called, for modules that are to run. */
  arrangement(modules: readonly OperatedModule[]): Arrangement {
    const operated = new Map(modules.flatMap(({ info, operate }) => (operate ? [[info.id, operate] as const] : [])));
    const before = this.#breakers;
    const breakers = new Map<string, PlacedBreaker>();
    this.#breakers = breakers;
    const breakerFor = (callback: ChainCallback, hook: string, settings: BreakerSettings) => {
      const key = freeKey(`${callback.module.id} ${hook} ${String(callback.method)}`, breakers);
      const { breaker: kept } = before.get(key) ?? {};
      const breaker =
        kept && isDeepStrictEqual(kept.settings, settings) ? kept : loggingBreaker(callback, hook, settings, this.#now);
      breakers.set(key, { module: callback.module.id, hook, breaker });
      return breaker;
    };
    return {
      shadows: this.#shadows,
      arrange(callback, hook, chain) {
        const operate = operated.get(callback.module.id);
        if (!operate) return callback;
        const written = settingsFor(operate, chain.slice(chain.indexOf(".") + 1));
        const settings = possibleSettings(hook, written, callback.remote !== undefined);
        const { circuitBreaker } = settings;
        const breaker = () => (circuitBreaker ? breakerFor(callback, chain, circuitBreaker) : undefined);
        return arrangeCallback(callback, hook, chain, settings, breaker);
      },
    };
  }
}

/** A method may be registered several times on a hook. */
function freeKey(name: string, taken: ReadonlyMap<string, unknown>): string {
  let key = name;
  for (let time = 2; taken.has(key); time++) key = `${name} ${time}`;
  return key;
}

function loggingBreaker(
  { name, module, log }: ChainCallback,
  hook: string,
  settings: BreakerSettings,
  now: () => number,
): CircuitBreaker {
  const details = { hook, callback: name };
  const callback = `callback ${name} of module ${module.id} on ${hook}`;
  return new CircuitBreaker(
    settings,
    {
      opened: (failures, calls) =>
        log.warn(
          `${callback} isn't called for now: ${failures} of its last ${calls} calls failed; trying it again in ${settings.openForMs / 1000} s`,
          details,
        ),
      closed: () => log.info(`${callback} works again`, details),
    },
    now,
  );
}
