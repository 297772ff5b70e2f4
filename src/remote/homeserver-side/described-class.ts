import { postConstruct, preDestroy, type Newable } from "inversify";
import { declareParameters } from "../../hooks/declared-parameters.js";
import { interestOf } from "../../hooks/interest.js";
import { register } from "../../hooks/registration.js";
import { REMOTE, type RemoteInstance } from "../../dispatch/remote-callback.js";
import { recordNeeds } from "../../modules/described-needs.js";
import { Every } from "../../modules/every.js";
import { Module } from "../../modules/module.js";
import { declareWebResources } from "../../web/web-resource.js";
import type { DescribedMethod, ModuleDescription } from "../wire/process-protocol.js";
import type { Crossing } from "./crossing.js";

/** What a described class needs of the process that has the module. */
export interface ModuleElsewhere {
  readonly crossing: Crossing;
  /** Constructs the module there. @returns its methods, as they are now */
  readonly start: () => Promise<readonly DescribedMethod[]>;
  readonly stop: () => Promise<void>;
  /** Asks a web resource. @param method its place among the methods */
  readonly respond: (method: number, request: Request) => Promise<Response>;
  /** Runs a scheduled method. @param method its place among the methods */
  readonly runScheduled: (method: number) => Promise<void>;
}

/**
 * A module class that stands for one of another process: with the same registrations, web resources and schedules, and
 * an instance whose methods cross to it. So a host binds, checks, explains and calls it like any other.
 */
export function describedClass(
  id: string,
  description: ModuleDescription,
  elsewhere: ModuleElsewhere,
): Newable<object> {
  const { name, methods, registrations, webResources, schedules, injections, reload } = description;
  const keys = methods.map((method) => (method.isSymbol ? Symbol(method.name) : method.name));
  const memberFor = (place: number, described: DescribedMethod) => {
    // A schedule calls without an argument, and a web resource with a request; callbacks of hooks cross by themselves.
    const member = (request?: Request) => (request ? elsewhere.respond(place, request) : elsewhere.runScheduled(place));
    const { parameters, because } = described;
    declareParameters(member, { count: parameters ?? Number.POSITIVE_INFINITY, ...(because !== null && { because }) });
    return member;
  };
  const define = (target: object, now: readonly DescribedMethod[]) => {
    for (const [place, key] of keys.entries()) {
      Object.defineProperty(target, key, { value: memberFor(place, now[place]!), configurable: true, writable: true });
    }
  };
  class Described {
    async [START](): Promise<void> {
      define(this, await elsewhere.start());
    }

    [STOP](): Promise<void> {
      return elsewhere.stop();
    }
  }
  Object.defineProperty(Described, "name", { value: name });
  const prototype = Described.prototype as object;
  define(prototype, methods);
  const registered = registrations.map(({ category, hook, method, options, key }) => ({
    category,
    hook,
    method: keys[method]!,
    options: options ?? undefined,
    ...(key !== null && { key }),
  }));
  for (const registration of registered) register(prototype, registration);
  declareWebResources(
    prototype,
    webResources.map(({ method, ...resource }) => ({ ...resource, method: keys[method]! })),
  );
  for (const { method, ms, ...options } of schedules) Every(ms, options)(prototype, keys[method]!, {});
  const remote: RemoteInstance[typeof REMOTE] = function (this: object, { method, options }, hook, chain) {
    const place = registered.findIndex(
      (registration) =>
        `${registration.category}.${registration.hook}` === chain &&
        registration.method === method &&
        registration.options === options,
    );
    const interest = interestOf(hook, (this as Record<string | symbol, unknown>)[method], options);
    return elsewhere.crossing.callback([id, place], interest, hook, chain);
  };
  Object.defineProperty(prototype, REMOTE, { value: remote });
  lifeCycle(prototype);
  Module(reload ? { reload } : {})(Described);
  recordNeeds(Described, injections);
  return Described;
}

const START = Symbol("start in the module's process");
const STOP = Symbol("stop in the module's process");

function lifeCycle(prototype: object): void {
  postConstruct()(prototype, START, {});
  preDestroy()(prototype, STOP, {});
}
