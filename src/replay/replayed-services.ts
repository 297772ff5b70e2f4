import type { ReadRecord, Recorded } from "../decisions/decision-record.js";
import { isPlainObject } from "../matrix/json.js";
import { serviceMethods, SERVICES, type ServiceName } from "../services/services.js";
import { whyNone, type Comparison, type RecordComparer } from "./compare-recorded.js";
import { recordedError } from "./recorded-error.js";
import { recordedAnswer } from "./recorded-values.js";
import type { Scene } from "./scene.js";
import { markOf } from "./withheld.js";
import { writtenNow } from "./written-now.js";

/** What a service is to a module that is replayed. */
export interface ReplayedServiceFrame {
  readonly scene: Scene;
  readonly comparer: () => RecordComparer;
}

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
      // `await` looks for it.
      if (property === "then") return undefined;
      const found = known.get(property) ?? method(property);
      known.set(property, found);
      return found;
    },
  });

  function method(property: string): unknown {
    const called = `${name}.${property}`;
    const { does = "acts", returns } = methods.get(property) ?? {};
    return async (...args: unknown[]) => {
      const call = scene.call?.module === module ? scene.call : undefined;
      if (does === "acts") call?.acts.push(called);
      const compare = (one: ReadRecord) =>
        one.service === called ? compareArguments(one, args, comparer()) : "different";
      const read = call?.take((one) => compare(one) === "same");
      if (read?.error) throw recordedError(read.error, called, scene.trip);
      if (returns === "nothing" && (read || does === "acts")) return undefined;
      if (read?.answer === undefined) {
        throw scene.note({ reason: whyNone((call?.unread ?? []).map(compare)), path: called, module });
      }
      return recordedAnswer(called, read.answer, scene.trip);
    };
  }
}

/** Whether it was asked with these arguments then. */
function compareArguments({ args }: ReadRecord, given: readonly unknown[], comparer: RecordComparer): Comparison {
  const now = given.map((arg) => writtenNow(arg));
  const length = Math.max(args.length, lengthOf(now));
  const [asked, asking] = [args, now].map((each) =>
    // Optional arguments may be left out.
    Array.from({ length }, (_, index) => withoutSignal(each[index] ?? { $: "undefined" })),
  );
  return comparer.compare(asked, asking);
}

/** Without what is undefined at the end. */
function lengthOf(args: readonly Recorded[]): number {
  return args.findLastIndex((arg) => markOf(arg) !== "undefined") + 1;
}

/** Whether a request can be cancelled changes nothing of what it asks. */
function withoutSignal(arg: Recorded): Recorded {
  if (!isPlainObject(arg) || !("signal" in arg)) return arg;
  const { signal: _, ...others } = arg;
  return others;
}
