import type { CallbackRecord, DecisionRecord, ReadRecord } from "../decisions/decision-record.js";
import { UnknownInReplay, type Unknown } from "./unknown.js";
import type { Withholding } from "./withheld.js";

/** What became of a callback in a replay. */
export type Came = { readonly answer: unknown } | { readonly error: unknown } | "not asked" | "not there";

/** One call of a callback in a replay, beside the one that was recorded. */
export class ReplayedCall {
  came: Came = "not there";
  /** Why it can't be known what the callback would answer. */
  unknown: Unknown | undefined;
  /** The hook ended with it. */
  decided = false;
  /** It asked for random numbers. */
  usesChance = false;
  /** What it would have done, by method of a service. */
  readonly acts: string[] = [];
  readonly #unread: ReadRecord[];

  /** @param then the same callback in the record; undefined where it wasn't in the chain */
  constructor(
    readonly module: string,
    readonly callback: string,
    readonly then: CallbackRecord | undefined,
  ) {
    this.#unread = [...(then?.reads ?? [])];
  }

  /** Its reads that weren't answered again yet. */
  get unread(): readonly ReadRecord[] {
    return this.#unread;
  }

  /** The first of its reads that is this question, which is answered once. */
  take(isAsked: (read: ReadRecord) => boolean): ReadRecord | undefined {
    const index = this.#unread.findIndex(isAsked);
    return index < 0 ? undefined : this.#unread.splice(index, 1)[0];
  }
}

/** What a replay came to, before it is compared. */
export interface Played {
  readonly calls: readonly ReplayedCall[];
  /** The first reason why it isn't known. */
  readonly unknown: Unknown | undefined;
}

/** The decision that is being replayed now, and the callback that is being called: one at a time. */
export class Scene {
  #record: DecisionRecord | undefined;
  #calls: ReplayedCall[] = [];
  #call: ReplayedCall | undefined;
  #unknown: Unknown | undefined;

  /** The decision that is being replayed; undefined while modules start and stop. */
  get record(): DecisionRecord | undefined {
    return this.#record;
  }

  /** The callback that is being called; undefined between callbacks. */
  get call(): ReplayedCall | undefined {
    return this.#call;
  }

  begin(record: DecisionRecord): void {
    this.#record = record;
    this.#calls = [];
    this.#unknown = undefined;
  }

  end(): Played {
    const played = { calls: this.#calls, unknown: this.#unknown };
    this.#record = this.#call = undefined;
    return played;
  }

  enter(module: string, callback: string): ReplayedCall {
    const isSame = (one: { readonly module: string; readonly callback: string }) =>
      one.module === module && one.callback === callback;
    // A method may be registered several times on a hook.
    const before = this.#calls.filter(isSame).length;
    const then = this.#record?.callbacks.filter(isSame)[before];
    const call = new ReplayedCall(module, callback, then);
    this.#calls.push(call);
    this.#call = call;
    return call;
  }

  leave(call: ReplayedCall, came: Came): void {
    call.came = came;
    if (this.#call === call) this.#call = undefined;
  }

  /** The hook ended with the callback that was called last. */
  decided(): void {
    const last = this.#calls.at(-1);
    if (last) last.decided = true;
  }

  /** What is withheld was read. */
  readonly trip = (reason: Withholding, path: string): never => {
    throw this.note({ reason, path });
  };

  /** Something makes the decision unknown. @returns what to throw at the module's code */
  note({ reason, path, module }: Unknown): UnknownInReplay {
    const call = this.#call;
    const who = call ? { module: call.module, callback: call.callback } : module === undefined ? {} : { module };
    const unknown = { reason, ...who, ...(path !== undefined && { path }) };
    if (call) call.unknown ??= unknown;
    this.#unknown ??= unknown;
    return new UnknownInReplay(unknown);
  }
}
