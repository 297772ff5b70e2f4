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

/**
 * A service for a module in shadow. What reads is the real one's. What acts is only noted: a method that returns nothing
 * does nothing, and one that owes a result ends the module's call.
 *
 * @param log of the module
 * @param isInShadow whether that's so for the work that it's asked for; always by default
 */
export function standIn<Service extends object>(
  name: ServiceName,
  service: Service,
  log: StandInLog,
  isInShadow = () => true,
): Service {
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
    return async (...args: unknown[]): Promise<unknown> => {
      if (!isInShadow()) return method.apply(target, args) as unknown;
      log.info(`in shadow: ${called} would have been called`, { service: called });
      if (declared?.returns !== "nothing") throw new StoppedInShadow(called);
      return undefined;
    };
  }
}
