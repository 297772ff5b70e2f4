import { notifiedOfShadows } from "../dispatch/shadow-ends.js";
import type { Budgets } from "../dispatch/budgets.js";
import type { ShadowedDispatch, ShadowRunner } from "../dispatch/shadowed-dispatch.js";
import { SweepingBudgets } from "../dispatch/sweeping-budgets.js";
import type { HookLog } from "../hooks/contribution.js";
import { outsideRequests } from "../services/outside-requests.js";
import { CallInShadow } from "./call-in-shadow.js";
import type { ShadowCalls } from "./shadow-calls.js";
import { ShadowFailures } from "./shadow-failures.js";

/** How many calls of a module wait or run. */
const MOST_CALLS = 100;
/** How long calls are begun in one turn of the event loop, in milliseconds. */
const TURN_MS = 5;

/**
 * Calls what is in shadow, in later turns of the event loop: the request has its answer by then. What that would have
 * changed is counted, and nothing else comes of it.
 */
export class ShadowQueue implements ShadowRunner {
  readonly #waiting: CallInShadow[] = [];
  /** How many calls of each module wait or run, by the log of its instance. */
  readonly #calls = new Map<HookLog, number>();
  readonly #failures: ShadowFailures;
  #isScheduled = false;
  #isEnded = false;

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
      const { log } = call.callback;
      const calls = this.#calls.get(log) ?? 0;
      this.#calls.set(log, calls + 1);
      let ended = () => this.#leave(log);
      if (notified) ends.push(new Promise((resolve) => (ended = () => (this.#leave(log), resolve()))));
      const entered = new CallInShadow(dispatch, call, this.budgets, this.#failures, ended);
      if (calls < MOST_CALLS) this.#waiting.push(entered);
      else entered.skip();
    }
    if (ends.length > 0) notified!(Promise.all(ends).then(() => undefined));
    this.#schedule();
  }

  /** Whether calls of an instance wait or run. @param log its own */
  has(log: HookLog): boolean {
    return this.#calls.has(log);
  }

  /** Begins no call any more. */
  end(): void {
    this.#isEnded = true;
  }

  #leave(log: HookLog): void {
    const left = this.#calls.get(log)! - 1;
    if (left > 0) this.#calls.set(log, left);
    else this.#calls.delete(log);
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
    do this.#begin(this.#waiting[begun++]!);
    while (begun < this.#waiting.length && performance.now() < end);
    this.#waiting.splice(0, begun);
    this.#schedule();
  }

  #begin(call: CallInShadow): void {
    if (this.#isEnded) call.skip();
    else if (this.calls) this.calls.run(call.dispatch, () => call.begin());
    else call.begin();
  }
}
