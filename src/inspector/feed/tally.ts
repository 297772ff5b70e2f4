import type { DecisionRecord } from "../../decisions/decision-record.js";
import { deciderOf, resultOf } from "../../decisions/decision-result.js";

/** How often a module, or one of its callbacks, ended a hook. */
export interface Decided {
  readonly decided: number;
  readonly refused: number;
}

const NEVER: Decided = { decided: 0, refused: 0 };

/** Counts who decides, since it was made. */
export class Tally {
  readonly since = Date.now();
  decisions = 0;
  readonly #byModule = new Map<string, Decided>();
  readonly #byCallback = new Map<string, Decided>();

  add(record: DecisionRecord): void {
    this.decisions++;
    const decider = deciderOf(record.callbacks);
    if (!decider) return;
    const refused = resultOf(record) === "refused" ? 1 : 0;
    count(this.#byModule, decider.module, refused);
    count(this.#byCallback, keyOf(record.hook, decider.module, decider.callback), refused);
  }

  ofModule(id: string): Decided {
    return this.#byModule.get(id) ?? NEVER;
  }

  /** @param hook `Category.hook` @param callback `Class.method` */
  ofCallback(hook: string, module: string, callback: string): Decided {
    return this.#byCallback.get(keyOf(hook, module, callback)) ?? NEVER;
  }
}

function count(counts: Map<string, Decided>, key: string, refused: number): void {
  const before = counts.get(key) ?? NEVER;
  counts.set(key, { decided: before.decided + 1, refused: before.refused + refused });
}

function keyOf(hook: string, module: string, callback: string): string {
  return JSON.stringify([hook, module, callback]);
}
