import type { Recorded } from "../decisions/decision-record.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { revive, tripwire, type Trip } from "./revive.js";
import { withheldBy } from "./withheld.js";

/** What reads a body, and needs nothing else of a response. */
const READERS: ReadonlySet<PropertyKey> = new Set(["text", "json", "arrayBuffer", "bytes", "body", "bodyUsed"]);

/** A response whose status is known, and its body if it was read and recorded; nothing else is. */
export function recordedResponse(recorded: Recorded, path: string, trip: Trip): unknown {
  const { status, body, json } = isPlainObject(recorded) ? (recorded as JsonObject) : {};
  if (typeof status !== "number") return tripwire(withheldBy(recorded) ?? "uncarried", path, trip);
  const known: Readonly<Record<PropertyKey, unknown>> = {
    status,
    ok: status >= 200 && status <= 299,
    then: undefined,
    clone: () => recordedResponse(recorded, path, trip),
    // Of a body with secrets, only they are withheld.
    ...(json !== undefined && { json: async () => revive(json, `${path}.json`, trip) }),
  };
  const real = typeof body === "string" ? new Response(body) : undefined;
  return new Proxy(
    {},
    {
      get: (_, property) => {
        if (typeof property === "symbol" || Object.hasOwn(known, property)) return known[property];
        if (!READERS.has(property)) return trip("uncarried", `${path}.${property}`);
        if (!real) return trip(withheldBy(body) ?? "uncarried", `${path}.${property}`);
        const value: unknown = Reflect.get(real, property);
        return typeof value === "function" ? (value as () => unknown).bind(real) : value;
      },
    },
  );
}
