import { Denial, MatrixError, type Observation } from "ligand";

/** The line of the log for what a callback did; undefined where it decided nothing. Content of events is left out. */
export function decisionLine({ hook, callback, decided, answer, error, context }: Observation): string | undefined {
  if (!decided && error === undefined) return undefined;
  return `${context.requestId ?? "-"} ${callback} ${outcomeOf(hook, answer, error)} (${hook})`;
}

function outcomeOf(hook: string, answer: unknown, error: unknown): string {
  if (error instanceof MatrixError) return `refused with ${error.status} ${error.errcode}`;
  if (error !== undefined) return "failed";
  if (answer instanceof Denial) {
    return `refused with ${answer.code}${answer.error === undefined ? "" : `, ${JSON.stringify(answer.error)}`}`;
  }
  if (hook === "ThirdPartyRules.checkEventAllowed" && Array.isArray(answer)) {
    return answer[0] === true ? "replaced the event" : "refused";
  }
  return answer === false ? "refused" : "answered";
}
