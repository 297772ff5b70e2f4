import { isThenable } from "../hooks/answer-predicates.js";
import type { Call } from "../hooks/contribution.js";
import type { Counters } from "./counters.js";
import { Durations } from "./durations.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import { whenSettled } from "./when-settled.js";

/** The same call of a callback, which notes how long it takes to settle, unless the callback isn't asked. */
export function timedCall(call: Call, counters: Counters): Call {
  const observe = (since: number) =>
    (counters.durations ??= new Durations()).observe((performance.now() - since) / 1000);
  const came = (answer: unknown, since: number) => {
    if (answer !== NOT_ASKED) observe(since);
    return answer;
  };
  const failed = (error: unknown, since: number) => {
    observe(since);
    throw error;
  };
  return (a0, a1, a2, a3, a4, a5) => {
    const since = performance.now();
    try {
      const answer = call(a0, a1, a2, a3, a4, a5);
      if (!isThenable(answer)) return came(answer, since);
      return whenSettled(
        Promise.resolve(answer),
        (value) => came(value, since),
        (error) => failed(error, since),
      );
    } catch (error) {
      return failed(error, since);
    }
  };
}
