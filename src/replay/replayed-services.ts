import type { ReadRecord, Recorded } from "../decisions/decision-record.js";
import { isWhole } from "./withheld.js";

import type { RecordComparer } from "./compare-recorded.js";
import { recordedError } from "./recorded-error.js";
import { plain, SERVICE_ANSWERS } from "./recorded-values.js";
import type { Scene } from "./scene.js";
import { writtenNow } from "./written-now.js";
import { serviceMethods, SERVICES, type ServiceName } from "../services/services.js";

/** What a service is to a module that is replayed. */
export interface ReplayedServiceFrame {
  readonly scene: Scene;
  readonly comparer: () => RecordComparer;
}

/** Methods that answer synchronously. */
const SYNCHRONOUS: ReadonlySet<ServiceName> = new Set<ServiceName>(["Server"]);

/**
 * A service that answers what it answered then. What acts is noted, and not done. What wasn't asked then makes the decision
 * unknown.
 *
 * @param module the id of the module that it is for
 */
export function replayedService(name: ServiceName, module: string, { scene, comparer }: ReplayedServiceFrame): object {
  const methods = serviceMethods(name);
  const known = new Map<string, unknown>();
  const prototype = SERVICES[name].prototype as object;
  return new Proxy(Object.create(prototype) as object, {
    get(target, property) {
      if (typeof property === "symbol" || property in Object.prototype) return Reflect.get(target, property) as unknown;
      // Whoever awaits a service looks for it.
      if (property === "then") return undefined;
      // Server.serverName and the like aren't recorded.
      if (name === "Server" && !methods.has(property)) throw missing(`${name}.${property}`);
      const found = known.get(property) ?? method(property);
      known.set(property, found);
      return found;
    },
  });

  function method(property: string): unknown {
    const called = `${name}.${property}`;
    const { does = "acts", returns } = methods.get(property) ?? {};
    const ask = (args: readonly unknown[]): unknown => {
      const call = scene.call?.module === module ? scene.call : undefined;
      if (does === "acts") call?.acts.push(called);
      const read = call?.take((one) => one.service === called && isAsked(one, args));
      if (read?.error) throw recordedError(read.error);
      if (returns === "nothing" && (read || does === "acts")) return undefined;
      if (read?.answer === undefined) throw missing(called);
      return (SERVICE_ANSWERS[called] ?? plain)(read.answer, called, scene.trip);
    };
    return SYNCHRONOUS.has(name) ? (...args: unknown[]) => ask(args) : async (...args: unknown[]) => ask(args);
  }

  function missing(path: string): Error {
    return scene.note({ reason: "missing read", path, module });
  }

  /** Whether it was asked with these arguments then. Where that isn't known, it wasn't: another answer would be a guess. */
  function isAsked({ args: then }: ReadRecord, args: readonly unknown[]): boolean {
    const now = args.map((arg) => writtenNow(arg));
    return comparer().compare([...then], withoutTrailingUndefined(now, then.length)) === "same";
  }
}

/** Optional arguments may be left out. */
function withoutTrailingUndefined(args: readonly Recorded[], length: number): Recorded[] {
  const isUndefined = (arg: Recorded) => !isWhole(arg) && (arg as { readonly $?: unknown }).$ === "undefined";
  const last = args.findLastIndex((arg) => !isUndefined(arg));
  return Array.from({ length: Math.max(last + 1, length) }, (_, index) => args[index] ?? { $: "undefined" });
}
