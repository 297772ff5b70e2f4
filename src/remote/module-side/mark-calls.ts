import type { Logger } from "winston";
import type { WrapCall } from "../../dispatch/callback-wrappers.js";
import type { Call } from "../../hooks/contribution.js";
import { isThenable } from "../../hooks/answer-predicates.js";
import { markOf, type MarksWriter } from "../wire/process-marks.js";
import { shortName } from "../../watch/stall-line.js";
import { currentCall } from "./current-call.js";

/** A callback that blocks the process for this long is logged. */
const SLOW_MS = 200;
/** From this long on, the parent logs it. */
const BLOCKED_MS = 1000;

/** Notes for this process's parent which callback is running and which are pending; and logs slow ones. */
export function markCalls(marks: MarksWriter, logger: Logger): WrapCall {
  return (call, { module, name }, hook) => {
    const mark = markOf({ module: module.id, callback: name, hook });
    const wrapped: Call = (a0, a1, a2, a3, a4, a5) => {
      const { requestId, id } = currentCall.getStore()!;
      const slot = marks.enter(mark, requestId, id!);
      const settled = () => marks.settled(slot);
      const begun = performance.now();
      let promise: Promise<unknown> | undefined;
      try {
        const answer = call(a0, a1, a2, a3, a4, a5);
        if (!isThenable(answer)) return answer;
        // Followed once, because the `then` of some objects starts work.
        promise = Promise.resolve(answer);
        return promise;
      } finally {
        if (promise) promise.then(settled, settled);
        else settled();
        const ms = performance.now() - begun;
        if (ms >= SLOW_MS && ms < BLOCKED_MS) {
          const meta = { module: module.id, hook, callback: name };
          logger.warn(`${name} (${shortName(hook)}) kept the process busy for ${Math.round(ms)} ms`, meta);
        }
      }
    };
    return wrapped;
  };
}
