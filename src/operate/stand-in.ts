import { LigandError } from "../errors/ligand-error.js";
import { causesOf } from "../errors/problem.js";
import { serviceMethods, type ServiceName } from "../services/services.js";

/** What a module in shadow would have done. */
export interface StandInLog {
  info(message: string, meta: object): unknown;
}

/** Thrown where a service would have to give a module in shadow something that doesn't exist. */
class StoppedInShadow extends LigandError {
  constructor(readonly method: string) {
    super("LIGAND_SHADOW_STOPPED", `${method} acts, and isn't called for a module in shadow`);
  }
}

/** The service method at which a call in shadow ended, such as `Rooms.createRoom`; undefined where an error is no such end. */
export function stoppedBy(error: Error): string | undefined {
  return causesOf(error).find((cause) => cause instanceof StoppedInShadow)?.method;
}

/** Whether a service has a method that acts. */
export function acts(name: ServiceName): boolean {
  return [...serviceMethods(name).values()].some(({ does }) => does === "acts");
}

/** Those of some services that act, and that don't stay real for a module in shadow. */
export function actingServices(services: readonly ServiceName[], real: readonly ServiceName[]): ServiceName[] {
  return services.filter((name) => acts(name) && !real.includes(name));
}

/**
 * A service for a module in shadow. What reads is the real one's. What acts is only noted: a method that returns nothing
 * does nothing, and one that owes a result ends the module's call.
 *
 * @param log of the module
 */
export function standIn<Service extends object>(name: ServiceName, service: Service, log: StandInLog): Service {
  const known = new Map<PropertyKey, unknown>();
  const methods = serviceMethods(name);
  return new Proxy(service, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      const found = known.get(property) ?? methodFor(target, property, value);
      known.set(property, found);
      return found;
    },
  });

  function methodFor(target: Service, property: PropertyKey, method: Function): unknown {
    const declared = methods.get(String(property));
    // What isn't declared, a homeserver has added: it may do anything.
    const does = declared?.does ?? (property in Object.prototype ? "reads" : "acts");
    if (does !== "acts") return method.bind(target) as unknown;
    const called = `${name}.${String(property)}`;
    return async () => {
      log.info(`in shadow: ${called} would have been called`, { service: called });
      if (declared?.returns !== "nothing") throw new StoppedInShadow(called);
    };
  }
}
