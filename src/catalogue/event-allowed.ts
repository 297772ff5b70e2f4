import { illegalAnswer, requireJson } from "../hooks/strategies.js";
import { AnswerIssue, returnState, Stop, type Strategy } from "../hooks/strategy.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import type { RoomEventDict } from "../matrix/room-event.js";

/** What `checkEventAllowed` answers: whether the event is allowed, and what takes its place. @public */
export type EventAllowed = readonly [allowed: boolean, replacement: JsonObject | RoomEventDict | null];

/** A refusal ends the dispatch, and so does a replacement: later modules aren't asked about it. */
export function firstReplacement(): Strategy<EventAllowed, EventAllowed> {
  const allowed: EventAllowed = Object.freeze([true, null]);
  const refused: EventAllowed = Object.freeze([false, null]);
  const expected = "[true or false, null or a replacement in the form of getDict()]";
  return {
    name: "first refusal or replacement",
    summary:
      "The first `[false, …]` refuses, and the first replacement is taken; later callbacks aren't called and don't see the replacement. `[true, null]` if there is neither.",
    start: () => allowed,
    step: (state, answer) => {
      if (!Array.isArray(answer) || answer.length !== 2) throw illegalAnswer(answer, expected);
      const [allows, replacement] = answer as [unknown, unknown];
      if (allows === false) return new Stop(refused);
      const replaces = isPlainObject(replacement);
      if (replaces) requireJson(replacement, "a replacement");
      const outcome = replaces ? new Stop(Object.freeze([true, replacement as JsonObject] as const)) : state;
      return allows === true && (replaces || (replacement ?? null) === null)
        ? outcome
        : new AnswerIssue("illegal", expected, outcome);
    },
    done: returnState,
  };
}
