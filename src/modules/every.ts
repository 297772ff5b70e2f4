import "reflect-metadata";
import { sharedSymbol } from "../package.js";
import { assertCalled } from "../hooks/decorator-use.js";
import { checkOptions, flag, text } from "../options/check-options.js";
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
 * rules. It starts once the module is constructed and ends with `host.stop()`. A subclass inherits it, and may decorate
 * an overriding method again. (`looping_background_call` in Synapse.)
 *
 * @param interval milliseconds, or a string such as `"30s"`.
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a malformed interval; `LIGAND_DECORATOR_MISUSED` on anything but an
 *   instance method.
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

/**
 * Starts what `@Every` declares on the class of an instance and its base classes.
 *
 * @param info its `id` prefixes the names of the calls, such as `spam-filter.cleanUp`.
 * @returns cancels all of them.
 */
export function startSchedules(instance: object, scheduler: Scheduler, info: { readonly id: string }): Timer {
  const timers = [...schedulesOf(instance)].map(([method, { ms, ...options }]) =>
    scheduler.loopingBackgroundCall(() => (instance as Record<PropertyKey, () => unknown>)[method]!(), ms, {
      desc: `${info.id}.${String(method)}`,
      ...options,
    }),
  );
  return {
    cancel: () => {
      for (const timer of timers) timer.cancel();
    },
  };
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
