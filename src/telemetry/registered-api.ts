import type * as Api from "@opentelemetry/api";
import { requireHere } from "../package.js";

/** Where version 1 of the API keeps what an SDK registered, for all copies of the API. */
const GLOBAL = Symbol.for("opentelemetry.js.api.1");

/** What an SDK may register. */
export type Part = "trace" | "metrics";

/** Whether an SDK has registered a part by now. */
export function isRegistered(part: Part): boolean {
  const registered = (globalThis as { readonly [GLOBAL]?: Readonly<Record<string, unknown>> })[GLOBAL];
  return registered?.[part] !== undefined;
}

/**
 * The API of OpenTelemetry, if an SDK has registered what is asked for. Otherwise it isn't even loaded: everything that it
 * did would be for nothing.
 */
export function apiWith(part: Part): typeof Api | undefined {
  return isRegistered(part) ? (requireHere("@opentelemetry/api") as typeof Api) : undefined;
}
