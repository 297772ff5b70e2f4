import type { ShadowCalls } from "../../operate/shadow-calls.js";
import { currentCall } from "./current-call.js";

/** Calls in shadow, as the current call says. What they do with services is background work of the homeserver. */
export const SHADOW_CALLS: ShadowCalls = {
  isInShadow: () => currentCall.getStore()?.isInShadow,
  run: ({ chain, context: { requestId } }, call) =>
    currentCall.run({ what: `hook ${chain}, in shadow`, hook: chain, requestId, isInShadow: true }, call),
};
