import type * as Api from "@opentelemetry/api";
import { requireHere } from "../package.js";

/** Where version 1 of the API keeps what an SDK registered, for all copies of the API. */
const GLOBAL = Symbol.for("opentelemetry.js.api.1");

/**
 * The API of OpenTelemetry, if an SDK has registered what is asked for. Otherwise it isn't even loaded: everything that it
 * did would be for nothing.
 */
export function apiWith(part: "trace" | "metrics"): typeof Api | undefined {
  const registered = (globalThis as { readonly [GLOBAL]?: Readonly<Record<string, unknown>> })[GLOBAL];
  return registered?.[part] === undefined ? undefined : (requireHere("@opentelemetry/api") as typeof Api);
}
