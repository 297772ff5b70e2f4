import { isDeepStrictEqual } from "node:util";
import { caught } from "../errors/caught.js";
import type { MaybePromise } from "../hooks/context.js";
import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { notifiedOfShadows } from "../hooks/shadow-ends.js";
import { isThenable } from "../hooks/answer-predicates.js";
import type { Budgets } from "../hooks/budgets.js";
import { callbackTimeout } from "../hooks/callback-timeout.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import { LateState } from "../hooks/late-state.js";
import { liveOf, positionOf, type Parameter } from "../hooks/parameter.js";
import type { ShadowedCall, ShadowedDispatch, ShadowOutcome, ShadowRunner } from "../hooks/shadowed-dispatch.js";
import { SweepingBudgets } from "../hooks/sweeping-budgets.js";
import { copyJson } from "../matrix/json.js";
import { outsideRequests } from "../services/outside-requests.js";
import { differenceBetween, outcomeWith } from "./compare-outcomes.js";
import type { ShadowCalls } from "./shadow-calls.js";
import { ShadowFailures, type ShadowThrown } from "./shadow-failures.js";

/** What a call in shadow came to. `stopped` at a service that owes a result; `skipped` where there were too many. */
export type ShadowResult = ShadowThrown["result"];

/** How many calls of a module wait or run. */
const MOST_CALLS = 100;
/** How long calls are begun in one turn of the event loop, in milliseconds. */
const TURN_MS = 5;
const TIMEOUT_MS = 10_000;

/** A call, and the dispatch that passed it. */
interface Waiting {
  readonly dispatch: ShadowedDispatch;
  readonly call: ShadowedCall;
  /** Called when the call has ended, where that's asked for. */
  ended: (() => void) | undefined;
}

/**
 * Calls what is in shadow, in later turns of the event loop: the request has its answer by then. What that would have
 * changed is counted, and nothing else comes of it.
 */
export class ShadowQueue implements ShadowRunner {
  readonly #waiting: Waiting[] = [];
  /** How many calls of each module wait or run, by its id. */
  readonly #calls = new Map<string, number>();
  readonly #failures: ShadowFailures;
  #isScheduled = false;

  /**
   * @param calls where code can be asked whether it runs for a call in shadow
   * @param budgets gives up calls that don't answer in time
   */
  constructor(
    private readonly calls?: ShadowCalls,
    private readonly budgets: Budgets = new SweepingBudgets().unattended(),
  ) {
    this.#failures = new ShadowFailures(() => budgets.now());
  }

  enter(dispatch: ShadowedDispatch): void {
    const ends: Promise<void>[] = [];
    const notified = notifiedOfShadows(dispatch.context);
    for (const call of dispatch.calls) {
      const { id } = call.callback.module;
      const calls = this.#calls.get(id) ?? 0;
      if (calls >= MOST_CALLS) {
        settled(call, { result: "skipped" });
        continue;
      }
      this.#calls.set(id, calls + 1);
      const waiting: Waiting = { dispatch, call, ended: undefined };
      if (notified) ends.push(new Promise((resolve) => (waiting.ended = resolve)));
      this.#waiting.push(waiting);
    }
    if (ends.length > 0) notified!(Promise.all(ends).then(() => undefined));
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

  async #run({ dispatch, call, ended }: Waiting): Promise<void> {
    const run = () => outcomeOf(dispatch, call, this.budgets, this.#failures);
    settled(call, await (this.calls ? this.calls.run(dispatch, run) : run()));
    const { id } = call.callback.module;
    const left = this.#calls.get(id)! - 1;
    if (left > 0) this.#calls.set(id, left);
    else this.#calls.delete(id);
    ended?.();
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

async function outcomeOf(
  dispatch: ShadowedDispatch,
  call: ShadowedCall,
  budgets: Budgets,
  failures: ShadowFailures,
): Promise<ShadowCame> {
  const { hook, outcome } = dispatch;
  const { callback, position } = call;
  const { guard } = callback;
  let args: readonly unknown[];
  try {
    const ready = inTime(call.args, callback.interest, hook);
    // A turn of the queue lasts as long as what callbacks do synchronously.
    args = isThenable(ready) ? await ready : ready;
  } catch (thrown) {
    // The module has done nothing wrong.
    callback.log.warn(`${callback.name}, in shadow, isn't called: the state it looks at couldn't be loaded`, {
      hook: dispatch.chain,
      error: caught(thrown),
    });
    return { result: "skipped" };
  }
  const live = liveArguments(hook.parameters as readonly Parameter[], args);
  try {
    let answer = callback.call(...args);
    if (isThenable(answer)) {
      const current = guard?.current;
      const ms = callback.timeoutMs ?? TIMEOUT_MS;
      try {
        answer = await budgets.within(budgets.queueOf(ms), Promise.resolve(answer), () => callbackTimeout(ms));
      } finally {
        if (guard) guard.current = current;
      }
    }
    if (answer === NOT_ASKED) return {};
    const difference = differenceBetween(hook, outcome, outcomeWith(dispatch, position, answer));
    return { result: difference === "unchanged" && live.haveChanged() ? "changes" : difference, answer };
  } catch (thrown) {
    return failures.outcome(dispatch, call, thrown);
  }
}

/** The arguments, with a state that the dispatch didn't wait for, if the callback looks at one. */
function inTime(
  args: readonly unknown[],
  { parameters, state }: ChainCallback["interest"],
  hook: AnyHook,
): MaybePromise<readonly unknown[]> {
  const position = positionOf(hook.parameters as readonly Parameter[], "state");
  const late = args[position];
  if (!LateState.is(late)) return args;
  if (parameters <= position || state?.length === 0) return args.with(position, undefined);
  return late.loaded.then((loaded) => args.with(position, loaded));
}

/** The arguments that callbacks may change, to see whether one has changed them. */
function liveArguments(parameters: readonly Parameter[], args: readonly unknown[]) {
  const before = liveOf(parameters).map((index) => [index, copyJson(args[index])] as const);
  return { haveChanged: () => before.some(([index, value]) => !isDeepStrictEqual(value, args[index])) };
}
