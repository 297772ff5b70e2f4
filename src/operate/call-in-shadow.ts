import { isDeepStrictEqual } from "node:util";
import { caught } from "../errors/caught.js";
import { isThenable } from "../hooks/answer-predicates.js";
import type { Budgeted, BudgetQueue, Budgets } from "../dispatch/budgets.js";
import { callbackTimeout } from "../dispatch/callback-timeout.js";
import type { MaybePromise } from "../hooks/context.js";
import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { LateState } from "../hooks/late-state.js";
import { unlink, type Linked } from "../dispatch/linked-queue.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import { liveOf, positionOf, type Parameter } from "../hooks/parameter.js";
import type { ShadowedCall, ShadowedDispatch, ShadowOutcome } from "../dispatch/shadowed-dispatch.js";
import { whenSettled } from "../dispatch/when-settled.js";
import { copyJson } from "../matrix/json.js";
import { differenceBetween, outcomeWith } from "./compare-outcomes.js";
import type { ShadowFailures, ShadowThrown } from "./shadow-failures.js";

/** What a call in shadow came to. `stopped` at a service that owes a result; `skipped` where there were too many. */
export type ShadowResult = ShadowThrown["result"];

/** Without a result it wasn't made. */
interface ShadowCame extends ShadowOutcome {
  readonly result?: ShadowResult;
}

const TIMEOUT_MS = 10_000;

/**
 * A call in shadow, from the dispatch that passed it until it's counted what it came to. It makes no promise of its own, and is
 * itself what waits with a budget: a module that's tried is called as often as one that decides.
 */
export class CallInShadow implements Budgeted {
  previous: Linked | undefined = undefined;
  next: Linked | undefined = undefined;
  countedFrom = 0;
  isNew = false;
  readonly #timeoutMs: number;
  /** The arguments that the callback may change, as they were. */
  #before: readonly (readonly [position: number, value: unknown])[] = [];
  #args: readonly unknown[] = [];
  /** What its guard knew when the callback returned a promise. */
  #guarded: unknown;
  #isPending = false;
  #isOver = false;

  /** @param ended called once, when it's over */
  constructor(
    readonly dispatch: ShadowedDispatch,
    private readonly call: ShadowedCall,
    private readonly budgets: Budgets,
    private readonly failures: ShadowFailures,
    private readonly ended: () => void,
  ) {
    this.#timeoutMs = call.callback.timeoutMs ?? TIMEOUT_MS;
  }

  get queue(): BudgetQueue | undefined {
    return this.#isOver ? undefined : this.budgets.queueOf(this.#timeoutMs);
  }

  begin(): void {
    const { callback, args } = this.call;
    const ready = inTime(args, callback.interest, this.dispatch.hook);
    // A turn of the queue lasts as long as what callbacks do synchronously.
    if (!isThenable(ready)) return this.#make(ready);
    void ready.then(
      (loaded) => this.#make(loaded),
      (thrown) => this.#unloaded(thrown),
    );
  }

  /** It isn't made. */
  skip(): void {
    this.#cameTo({ result: "skipped" });
  }

  /** It has used up its budget. */
  expire(): void {
    this.#failed(callbackTimeout(this.#timeoutMs));
  }

  #make(args: readonly unknown[]): void {
    const { callback } = this.call;
    this.#args = args;
    const live = liveOf(this.dispatch.hook.parameters as readonly Parameter[]);
    if (live.length > 0) this.#before = live.map((position) => [position, copyJson(args[position])] as const);
    let answer: unknown;
    try {
      answer = callback.call(...args);
      if (isThenable(answer)) {
        this.#isPending = true;
        this.#guarded = callback.guard?.current;
        this.budgets.enter(this);
        return void whenSettled(Promise.resolve(answer), this.#answered, this.#failed);
      }
    } catch (thrown) {
      return this.#failed(thrown);
    }
    this.#answered(answer);
  }

  /** The module has done nothing wrong. */
  #unloaded(thrown: unknown): void {
    const { callback } = this.call;
    callback.log.warn(`${callback.name}, in shadow, isn't called: the state it looks at couldn't be loaded`, {
      hook: this.dispatch.chain,
      error: caught(thrown),
    });
    this.skip();
  }

  readonly #answered = (answer: unknown): void => {
    if (this.#isOver) return;
    this.#settle();
    let came: ShadowCame;
    try {
      came = answer === NOT_ASKED ? {} : { result: this.#resultOf(answer), answer };
    } catch (thrown) {
      came = this.failures.outcome(this.dispatch, this.call, thrown);
    }
    this.#cameTo(came);
  };

  readonly #failed = (thrown: unknown): void => {
    if (this.#isOver) return;
    this.#settle();
    this.#cameTo(this.failures.outcome(this.dispatch, this.call, thrown));
  };

  /** @throws {LigandError} `LIGAND_ANSWER_ILLEGAL` */
  #resultOf(answer: unknown): ShadowResult {
    const { dispatch, call } = this;
    const { hook, outcome } = dispatch;
    const difference = differenceBetween(hook, outcome, outcomeWith(dispatch, call.position, answer));
    const hasChanged = this.#before.some(([position, value]) => !isDeepStrictEqual(value, this.#args[position]));
    return difference === "unchanged" && hasChanged ? "changes" : difference;
  }

  #settle(): void {
    this.#isOver = true;
    if (!this.#isPending) return;
    unlink(this);
    const { guard } = this.call.callback;
    if (guard) guard.current = this.#guarded;
  }

  #cameTo(outcome: ShadowCame): void {
    if (outcome.result !== undefined) this.call.count(outcome.result);
    this.call.settled?.(outcome);
    this.ended();
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
