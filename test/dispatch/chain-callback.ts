import type { Call, ChainCallback } from "#src/hooks/contribution.js";

const nothing = () => undefined;

/** A callback as a chain has it, though no module registered it. @param more what it isn't by default. */
export function chainCallback(id: string, call: Call, more: Partial<ChainCallback> = {}): ChainCallback {
  return {
    module: { id },
    moduleClass: Object,
    name: `${id}.ask`,
    method: "ask",
    options: undefined,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    call,
    interest: { parameters: call.length, types: null, state: null },
    ...more,
  };
}
