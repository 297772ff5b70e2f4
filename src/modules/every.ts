import "reflect-metadata";
import { isDeepStrictEqual } from "node:util";
import { sharedSymbol } from "../package.js";
import { assertCalled } from "../hooks/decorator-use.js";
import { checkOptions, flag, text } from "../options/check-options.js";
import { isThenable } from "../hooks/answer-predicates.js";
import { assertMethod } from "../hooks/decorator-place.js";
import type { Timer } from "../services/clock.js";
import { parseDuration, type Duration } from "../options/duration.js";
import type { LoopingCallOptions, Scheduler } from "../services/scheduler.js";

/** What `@Every` records about a method. */
export interface Schedule extends LoopingCallOptions {
  /** The interval, in milliseconds. */
  readonly ms: number;
}

/** The schedules that each class declares itself, as metadata of its prototype. */
const SCHEDULES = sharedSymbol("schedules");

/**
 * Calls the method of a module repeatedly, first after one interval; see {@link Scheduler.loopingBackgroundCall} for the
 * rules. It starts once the module has started, and ends when the module stops. A subclass inherits it, and may decorate
 * an overriding method again. (`looping_background_call` in Synapse.)
 *
 * @param interval milliseconds, or a string such as `"30s"`.
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a malformed interval; `LIGAND_DECORATOR_MISUSED` on anything but an
 *   instance method.
 *
 * @public
 */
export function Every(interval: Duration, options: LoopingCallOptions = {}) {
  assertCalled('Every("30s")', interval);
  checkOptions("@Every", options, { desc: text, runOnAllInstances: flag });
  const ms = parseDuration(interval);
  return <M extends () => unknown>(
    prototype: object,
    method: string | symbol,
    _descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod(`Every(${JSON.stringify(interval)})`, prototype, method);
    Reflect.defineMetadata(SCHEDULES, new Map([...ownSchedules(prototype), [method, { ...options, ms }]]), prototype);
  };
}

/** A module whose methods are called. */
interface Scheduled {
  /** Its `id` prefixes the names of the calls, such as `spam-filter.cleanUp`. */
  readonly info: { readonly id: string };
  readonly instance: object;
}

/** The looping calls of running modules. */
export class Schedules {
  #loops: ReadonlyMap<string, readonly Loop[]> = new Map();

  constructor(private readonly scheduler: Scheduler) {}

  /**
   * Calls what `@Every` declares on these instances, and no others. An instance that takes the place of another one of its
   * module keeps the beat of the calls that both have, so no call is doubled or left out.
   *
   * @throws what the scheduler throws; then the calls are those from before.
   */
  replace(modules: readonly Scheduled[]): void {
    const started: Loop[] = [];
    try {
      const moves = modules.map(({ info, instance }) => {
        const known = this.#loops.get(info.id) ?? [];
        const loops = Array.from(schedulesOf(instance), ([method, schedule]) => {
          const fitting = known.find((loop) => loop.method === method && isDeepStrictEqual(loop.schedule, schedule));
          if (fitting) return fitting;
          const loop = new Loop(method, schedule, `${info.id}.${String(method)}`, this.scheduler, instance);
          started.push(loop);
          return loop;
        });
        return { id: info.id, instance, loops };
      });
      const kept = new Set(moves.flatMap(({ loops }) => loops));
      for (const loop of [...this.#loops.values()].flat()) if (!kept.has(loop)) loop.cancel();
      for (const { instance, loops } of moves) for (const loop of loops) loop.moveTo(instance);
      this.#loops = new Map(moves.map(({ id, loops }) => [id, loops]));
    } catch (error) {
      for (const loop of started) loop.cancel();
      throw error;
    }
  }

  cancel(): void {
    this.replace([]);
  }
}

/** One method that is called repeatedly, on one instance after another. */
class Loop {
  readonly #timer: Timer;
  readonly #desc: string;
  #instance: object;
  /** Leaves the call that is under way to itself. */
  #letGo: (() => void) | undefined;

  constructor(
    readonly method: PropertyKey,
    readonly schedule: Schedule,
    name: string,
    private readonly scheduler: Scheduler,
    instance: object,
  ) {
    const { ms, ...options } = schedule;
    this.#instance = instance;
    this.#desc = options.desc ?? name;
    this.#timer = scheduler.loopingBackgroundCall(() => this.#call(), ms, { desc: name, ...options });
  }

  moveTo(instance: object): void {
    if (instance === this.#instance) return;
    this.#instance = instance;
    this.#letGo?.();
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #call(): unknown {
    const running = (this.#instance as Record<PropertyKey, () => unknown>)[this.method]!();
    if (!isThenable(running)) return running;
    // Calls don't overlap: one that hangs would keep the instance that replaces its own from ever being called.
    const replaced = new Promise<void>((resolve) => {
      this.#letGo = () => {
        resolve();
        void this.scheduler.runAsBackgroundProcess(this.#desc, async () => running);
      };
    });
    return Promise.race([running, replaced]).finally(() => (this.#letGo = undefined));
  }
}

/** What `@Every` declares on a class and its base classes, by method; takes an instance or the prototype. */
export function schedulesOf(prototype: object | null): ReadonlyMap<PropertyKey, Schedule> {
  if (prototype === null) return new Map();
  const inherited = schedulesOf(Object.getPrototypeOf(prototype) as object | null);
  return new Map([...inherited, ...ownSchedules(prototype)]);
}

function ownSchedules(prototype: object): ReadonlyMap<PropertyKey, Schedule> {
  return (Reflect.getOwnMetadata(SCHEDULES, prototype) as ReadonlyMap<PropertyKey, Schedule> | undefined) ?? new Map();
}
