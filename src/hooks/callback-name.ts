import type { RegisteredCallback } from "./contribution.js";

/** A callback of a chain, as a homeserver may show it. @public */
export interface CallbackName {
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly name: string;
  /** Its decorator's arguments; absent if there were none. */
  readonly options?: unknown;
}

/** A callback by name. */
export function callbackName({ module, name, options }: RegisteredCallback): CallbackName {
  return Object.freeze({ module: module.id, name, ...(options !== undefined && { options }) });
}
