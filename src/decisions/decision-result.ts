import { declaredHook } from "../catalogue/declared-hooks.js";
import { isRefusal } from "../hooks/failure-policy.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Code } from "../matrix/codes.js";
import { isPlainObject } from "../matrix/json.js";
import { MatrixError } from "../matrix/matrix-error.js";
import type { CallbackRecord, DecisionRecord, ErrorRecord, Recorded } from "./decision-record.js";

/**
 * What a decision came to: the request was refused, the hook failed, a callback decided otherwise (an answer, another
 * event), or no callback had an opinion.
 */
export type DecisionResult = "refused" | "failed" | "decided" | "passed";

export const DECISION_RESULTS: readonly DecisionResult[] = ["refused", "failed", "decided", "passed"];

/** A callback, by the id of its module and as `Class.method`. */
export interface Decider {
  readonly module: string;
  readonly callback: string;
}

/** What a callback, or a whole hook, came to. */
export interface Came {
  readonly result?: Recorded | undefined;
  readonly error?: ErrorRecord | undefined;
}

export function resultOf(record: DecisionRecord): DecisionResult {
  if (refuses(declaredHook(record.hook)?.hook, record)) return "refused";
  if (record.error) return "failed";
  return deciderOf(record.callbacks) ? "decided" : "passed";
}

/** The callback with which a hook ended; undefined if none decided by itself. */
export function deciderOf(callbacks: readonly (Decider & { readonly decided?: boolean })[]): Decider | undefined {
  const found = callbacks.find(({ decided }) => decided);
  return found && { module: found.module, callback: found.callback };
}

/** The callbacks that failed, whatever the hook came to. */
export function failedIn({ hook, callbacks }: DecisionRecord): readonly CallbackRecord[] {
  const declared = declaredHook(hook)?.hook;
  return callbacks.filter(({ error }) => error && !isCancellation(error) && !refuses(declared, { error }));
}

/** The callbacks in shadow that would have made a decision otherwise. */
export function differingShadows({ callbacks }: DecisionRecord): readonly CallbackRecord[] {
  return callbacks.filter(({ shadow }) => shadow !== undefined && shadow !== "unchanged");
}

/**
 * Whether a request is refused: by what the hook's denial comes to, or by an error that says so. An error that doesn't blame
 * the client, as one of status 500, is a failure.
 *
 * @param hook undefined for one that this version doesn't have
 */
export function refuses(hook: AnyHook | undefined, { result, error }: Came): boolean {
  if (error) return isRefusalBy(error, hook);
  if (!hook || hook.answers.kind === "verdict") return isDenial(result);
  const { refusal } = hook;
  if (!refusal || !("answer" in refusal)) return false;
  const [refused, actual] = [refusal.answer, result].map(
    (value) => (Array.isArray(value) ? value[0] : value) as unknown,
  );
  return refused === actual;
}

function isRefusalBy({ status, message, errcode }: ErrorRecord, hook: AnyHook | undefined): boolean {
  if (status === undefined) return false;
  if (!hook) return status >= 400 && status <= 499;
  return isRefusal(new MatrixError(status, message, errcode as Code | undefined), hook.failure);
}

/** The client has disconnected: that's no fault of the callback. */
function isCancellation({ name }: ErrorRecord): boolean {
  return name === "AbortError";
}

/** Only denials have a code among what is recorded as results. */
function isDenial(result: Recorded | undefined): boolean {
  return isPlainObject(result) && typeof result["code"] === "string";
}
