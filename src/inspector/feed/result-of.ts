import { CATALOGUE } from "../../catalogue/index.js";
import type { CallbackRecord, DecisionRecord, Recorded } from "../../decisions/decision-record.js";
import type { AnyHook } from "../../hooks/hook.js";

/**
 * What a decision came to: the request was refused, the hook failed, a callback decided otherwise (an answer, another
 * event), or no callback had an opinion.
 */
export type DecisionResult = "refused" | "failed" | "decided" | "passed";

export const DECISION_RESULTS: readonly DecisionResult[] = ["refused", "failed", "decided", "passed"];

const HOOKS: ReadonlyMap<string, AnyHook> = new Map(
  Object.values(CATALOGUE).flatMap(({ name, hooks }) =>
    Object.entries(hooks as Record<string, AnyHook>).map(([hook, declared]) => [`${name}.${hook}`, declared] as const),
  ),
);

/** The declaration of a hook, by `Category.hook`; undefined for one that this version doesn't have. */
export function hookNamed(name: string): AnyHook | undefined {
  return HOOKS.get(name);
}

export function resultOf(record: DecisionRecord): DecisionResult {
  const { error, result, hook } = record;
  if (error) return error.status === undefined ? "failed" : "refused";
  if (isRefusal(hookNamed(hook), result)) return "refused";
  return deciderOf(record) ? "decided" : "passed";
}

/** The callback with which the hook ended. */
export function deciderOf({ callbacks }: DecisionRecord): CallbackRecord | undefined {
  return callbacks.find(({ decided }) => decided);
}

/** The callbacks in shadow that would have made a decision otherwise. */
export function differingShadows({ callbacks }: DecisionRecord): readonly CallbackRecord[] {
  return callbacks.filter(({ shadow }) => shadow !== undefined && shadow !== "unchanged");
}

/** Whether a callback failed, rather than refused by throwing a `MatrixError`. */
export function hasFailed({ error }: CallbackRecord): boolean {
  return error !== undefined && error.status === undefined;
}

function isRefusal(hook: AnyHook | undefined, result: Recorded | undefined): boolean {
  if (isDenial(result)) return true;
  const refusal = hook?.refusal as { readonly answer?: unknown } | null | undefined;
  if (!refusal || !("answer" in refusal) || hook!.answers.kind === "verdict") return false;
  const [refused, actual] = [refusal.answer, result].map(
    (value) => (Array.isArray(value) ? value[0] : value) as unknown,
  );
  return refused === actual;
}

/** Only denials have a code among what is recorded as results. */
function isDenial(result: Recorded | undefined): boolean {
  return typeof result === "object" && result !== null && !Array.isArray(result) && typeof result["code"] === "string";
}
