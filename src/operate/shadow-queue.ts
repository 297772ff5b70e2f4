import { isDeepStrictEqual } from "node:util";
import { caught } from "../errors/caught.js";
import { isCancellation } from "../errors/cancelled-error.js";
import { isThenable } from "../hooks/answer-predicates.js";
import { Budgets } from "../hooks/budgets.js";
import { callbackTimeout } from "../hooks/callback-timeout.js";
import { CallbackReports } from "../hooks/callback-reports.js";
import { isRefusal } from "../hooks/failure-policy.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import { liveOf, type Parameter } from "../hooks/parameter.js";
import type { ShadowedCall, ShadowedDispatch, ShadowOutcome, ShadowRunner } from "../hooks/shadowed-dispatch.js";
import { copyJson } from "../matrix/json.js";
import { outsideRequests } from "../services/outside-requests.js";
import { differenceBetween, outcomeWith, type Difference, type Outcome } from "./compare-outcomes.js";
import type { ShadowCalls } from "./shadow-calls.js";
import { stoppedBy } from "./stand-in.js";

/** What a call in shadow came to. `stopped` at a service that owes a result; `skipped` where there were too many. */
export type ShadowResult = Difference | "failed" | "stopped" | "skipped";

/** How many calls of a module wait or run. */
const MOST_CALLS = 100;
/** How long calls are begun in one turn of the event loop, in milliseconds. */
const TURN_MS = 5;
const TIMEOUT_MS = 10_000;

/** A call, and the dispatch that passed it. */
interface Waiting {
  readonly dispatch: ShadowedDispatch;
  readonly call: ShadowedCall;
}

/**
 * Calls what is in shadow, in later turns of the event loop: the request has its answer by then. What that would have
 * changed is counted, and nothing else comes of it.
 */
export class ShadowQueue implements ShadowRunner {
  readonly #waiting: Waiting[] = [];
  /** How many calls of each module wait or run, by its id. */
  readonly #calls = new Map<string, number>();
  readonly #budgets = new Budgets();
  #isScheduled = false;

  /** @param calls where code can be asked whether it runs for a call in shadow */
  constructor(private readonly calls?: ShadowCalls) {}

  enter(dispatch: ShadowedDispatch): void {
    for (const call of dispatch.calls) {
      const { id } = call.callback.module;
      const calls = this.#calls.get(id) ?? 0;
      if (calls >= MOST_CALLS) {
        settled(call, { result: "skipped" });
        continue;
      }
      this.#calls.set(id, calls + 1);
      this.#waiting.push({ dispatch, call });
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    outsideRequests(() => setImmediate(() => this.#turn()));
  }

  #turn(): void {
    this.#isScheduled = false;
    const end = performance.now() + TURN_MS;
    let begun = 0;
    do void this.#run(this.#waiting[begun++]!);
    while (begun < this.#waiting.length && performance.now() < end);
    this.#waiting.splice(0, begun);
    this.#schedule();
  }

  async #run({ dispatch, call }: Waiting): Promise<void> {
    const run = () => outcomeOf(dispatch, call, this.#budgets);
    settled(call, await (this.calls ? this.calls.run(dispatch, run) : run()));
    const { id } = call.callback.module;
    const left = this.#calls.get(id)! - 1;
    if (left > 0) this.#calls.set(id, left);
    else this.#calls.delete(id);
  }
}

/** What a call came to. Without a result it wasn't made. */
interface ShadowCame extends ShadowOutcome {
  readonly result?: ShadowResult;
}

function settled(call: ShadowedCall, outcome: ShadowCame): void {
  if (outcome.result !== undefined) call.count(outcome.result);
  call.settled?.(outcome);
}

async function outcomeOf(dispatch: ShadowedDispatch, call: ShadowedCall, budgets: Budgets): Promise<ShadowCame> {
  const { hook, outcome } = dispatch;
  const { callback, args, position } = call;
  const live = liveArguments(hook.parameters as readonly Parameter[], args);
  try {
    const given = callback.call(...args);
    const ms = callback.timeoutMs ?? TIMEOUT_MS;
    const late = () => callbackTimeout(ms);
    const answer = isThenable(given) ? await budgets.within(budgets.queueOf(ms), Promise.resolve(given), late) : given;
    if (answer === NOT_ASKED) return {};
    const difference = differenceBetween(hook, outcome, outcomeWith(dispatch, position, answer));
    return { result: difference === "unchanged" && live.haveChanged() ? "changes" : difference, answer };
  } catch (thrown) {
    const error = caught(thrown);
    return { result: failureResult(dispatch, call, error), error };
  }
}

function failureResult(
  { chain, hook, context, outcome }: ShadowedDispatch,
  call: ShadowedCall,
  error: Error,
): ShadowResult {
  const { callback, args } = call;
  if (stoppedBy(error) !== undefined) return "stopped";
  if (isCancellation(error) && context.signal?.aborted) return "skipped";
  if (isRefusal(error, hook.failure)) return differenceBetween(hook, outcome, { error } satisfies Outcome);
  callback.failed?.(error);
  const reports = new CallbackReports(chain, hook, [{ ...callback, name: `${callback.name}, in shadow,` }]);
  reports.failed(0, error, "warn", context, args);
  return "failed";
}

/** The arguments that callbacks may change, to see whether one has changed them. */
function liveArguments(parameters: readonly Parameter[], args: readonly unknown[]) {
  const before = liveOf(parameters).map((index) => [index, copyJson(args[index])] as const);
  return { haveChanged: () => before.some(([index, value]) => !isDeepStrictEqual(value, args[index])) };
}
