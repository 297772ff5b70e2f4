import type { HookContext } from "../../hooks/context.js";
import type { IncomingRequest } from "../wire/incoming-request.js";

/** The context of a call from another process. Most callbacks don't look at the signal, which is costly to make. */
export function callContext(context: Omit<HookContext, "signal">, request: IncomingRequest): HookContext {
  return {
    ...context,
    get signal() {
      return request.signal;
    },
  };
}
