import type { BudgetQueue } from "./budgets.js";
import type { CallContext } from "./call-context.js";

/** The budget of a callback of a plan. */
export class Limit {
  /** Whether calls have contexts of their own. */
  givesContexts = false;
  #given: CallContext | undefined;

  constructor(
    readonly timeoutMs: number,
    readonly queue: BudgetQueue,
  ) {}

  /** Hands the context of a call to the dispatch, which takes it as soon as the call has returned its promise. */
  give(context: CallContext): void {
    this.#given = context;
  }

  /** The context of the call that has just returned a promise, if it has one of its own. */
  taken(): CallContext | undefined {
    const given = this.#given;
    if (given) this.#given = undefined;
    return given;
  }
}
