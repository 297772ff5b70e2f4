import type { Logger } from "winston";
import { caught, shownError } from "../errors/caught.js";
import { describe } from "../errors/describe.js";
import { redactText } from "../errors/secrets.js";
import type { Observation, Observer } from "../dispatch/observer.js";
import { isPlainObject } from "../matrix/json.js";
import { Denial } from "../matrix/verdict.js";

const MAX_LENGTH = 200;

/** Logs which callback decided what: one line for each callback that a hook called. */
export function decisionLog(logger: Logger): Observer {
  return ({ hook, module, callback, decided, context: { requestId }, ...rest }) => {
    const answered = `${decided ? "decided" : "answered"} ${shown(textOf(rest))}`;
    const did = "error" in rest ? `threw ${shown(shownError(caught(rest.error)))}` : answered;
    logger.info(`${hook}: ${module} (${callback}) ${did}`, {
      hook,
      module,
      callback,
      ...(requestId !== undefined && { requestId }),
    });
  };
}

function textOf({ answer }: Pick<Observation, "answer">): string {
  if (answer === undefined || answer === null) return "nothing";
  if (answer instanceof Denial) return [answer.code, answer.error].filter(Boolean).join(": ");
  try {
    return JSON.stringify(answer, readable) ?? typeof answer;
  } catch {
    return describe(answer);
  }
}

/** What JSON would show as an empty object; and of an event, what a module may have changed. */
function readable(_key: string, value: unknown): unknown {
  if (isPlainObject(value) && "sender" in value && "content" in value) {
    return { type: value["type"], content: value["content"] };
  }
  // A secret in a string of several lines can't be told from other words once JSON has made one line of it.
  if (typeof value === "string") return redactText(value);
  if (typeof value === "function") return "(a function)";
  if (value instanceof Set) return [...value] as unknown[];
  if (value instanceof Map) return Object.fromEntries(value) as unknown;
  return value;
}

function shown(text: string): string {
  const safe = redactText(text);
  return safe.length > MAX_LENGTH ? `${safe.slice(0, MAX_LENGTH)}…` : safe;
}
