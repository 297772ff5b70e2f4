import { Container, type ServiceIdentifier } from "inversify";
import { isThenable } from "../hooks/answer-predicates.js";
import { serviceMethods, SERVICES, type ServiceName } from "../services/services.js";
import { asking, noteRead } from "./reading-calls.js";
import { ReadResponse } from "./read-response.js";
import type { ReadKind } from "./read-note.js";

/** Services whose answers are no part of a decision: time, timers, kept values, and what the configuration says. */
const NOT_RECORDED: readonly ServiceName[] = ["Clock", "Scheduler", "Caches", "Server"];
const ALL = Object.keys(SERVICES) as ServiceName[];

/** The same services, which note what they answer to the callback that asks. @param names those that do */
export function recordedServices(services: Container, names: readonly ServiceName[] = ALL): Container {
  const container = new Container({ parent: services });
  for (const name of names) {
    const token: ServiceIdentifier<object> = SERVICES[name];
    if (NOT_RECORDED.includes(name) || !services.isBound(token)) continue;
    container
      .bind(token)
      .toDynamicValue(() => recordedService(name, services.get(token)))
      .inSingletonScope();
  }
  return container;
}

/** A service that notes what it answers to the callback that asks. For code that no callback runs it's as it was. */
export function recordedService<Service extends object>(name: ServiceName, service: Service): Service {
  const known = new WeakMap<object, unknown>();
  return new Proxy(service, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function" || property === "constructor") return value;
      // By the function: a test may replace it.
      const found = known.get(value) ?? methodFor(target, property, value as Method);
      known.set(value, found);
      return found;
    },
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });

  function methodFor(target: Service, property: PropertyKey, method: Method): unknown {
    const declared = serviceMethods(name).get(String(property));
    if (!declared && property in Object.prototype) return method.bind(target);
    return noting(method.bind(target) as Method, readKindOf(name, String(property)));
  }
}

/** How a question to a method of a service is recorded. */
export function readKindOf(name: ServiceName, method: string): ReadKind {
  const { does, takes = [], returns = "body" } = serviceMethods(name).get(method) ?? {};
  return { service: `${name}.${method}`, takes, returns, acts: does !== "reads" && does !== "own" };
}

type Method = (...args: unknown[]) => unknown;

function noting(method: Method, kind: ReadKind): Method {
  return (...args) => {
    const reads = asking.getStore();
    const note = reads && noteRead(reads, kind, args);
    if (!note) return method(...args);
    let answer: unknown;
    try {
      answer = method(...args);
    } catch (error) {
      note.failed(error);
      throw error;
    }
    // Notified before the callback is, which may change what it's given.
    if (answer instanceof Promise)
      answer.then(
        (value) => note.answered(ReadResponse.of(value) ?? value),
        (error: unknown) => note.failed(error),
      );
    else if (!isThenable(answer)) note.answered(answer);
    return answer;
  };
}
