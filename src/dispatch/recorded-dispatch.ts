import { copyJson } from "../matrix/json.js";
import type { HookContext } from "../hooks/context.js";
import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { isTimed } from "./meter.js";
import { liveOf, type Parameter } from "../hooks/parameter.js";
import type { ShadowOutcome } from "./shadowed-dispatch.js";
import { snapshot, UNREADABLE } from "./snapshot.js";

/** What a callback answered or threw, in a dispatch that is recorded. */
export class Came {
  /** What it threw, in place of an answer. */
  thrown: { readonly error: unknown } | undefined = undefined;
  /** Whether it wasn't called because its circuit breaker was open, and this stood in for it. */
  stoodIn = false;
  decided = false;
  /** How long it took, in milliseconds, if it was timed. */
  ms: number | undefined = undefined;
  /** Copies of the live arguments, as they were then. */
  live: readonly unknown[] = NONE;

  /**
   * @param index which callback of the chain
   * @param previous what the callback before it came to
   */
  constructor(
    readonly index: number,
    readonly answer: unknown,
    readonly previous: Came | undefined,
  ) {}
}

const NONE: readonly unknown[] = [];

/** What the dispatches of a chain that are recorded have in common. */
export class RecordedChain {
  /** How many parameters the hook has. */
  readonly arity: number;
  /** The positions of live arguments. */
  readonly live: readonly number[];
  /** Copies of arguments that may change before they're written down; what can't be kept is left out. */
  readonly #copies: readonly { readonly position: number; readonly copy: (arg: never) => unknown }[];
  #dispatches = 0;

  /** @param name `Category.hook` */
  constructor(
    readonly name: string,
    readonly hook: AnyHook,
    readonly callbacks: readonly ChainCallback[],
    readonly recorder: Recorder,
    /** The result without callbacks. */
    readonly empty: unknown,
  ) {
    const parameters = hook.parameters as readonly Parameter[];
    this.arity = parameters.length;
    this.live = liveOf(parameters);
    this.#copies = parameters.flatMap(({ copy: declared, mutable, lent, kind }, position) => {
      const copy = lent || kind === "state" ? () => undefined : mutable ? copyJson : declared;
      return copy ? [{ position, copy }] : [];
    });
  }

  /** Counts a dispatch. Returns whether it's to be timed, beside those that wait. */
  isTimed(): boolean {
    return isTimed(++this.#dispatches);
  }

  /** Copies arguments in place. */
  copy(args: unknown[]): void {
    for (const { position, copy } of this.#copies) {
      if (args[position] === undefined) continue;
      // What can't be copied is the callback's to fail on.
      try {
        args[position] = copy(args[position] as never);
      } catch {
        args[position] = UNREADABLE;
      }
    }
  }
}

/** Receives dispatches that are over. */
export interface Recorder {
  /** The number of the configuration that runs. */
  readonly revision: number;
  /** Called before the hook returns, or later if callbacks in shadow are waited for. It returns quickly and throws nothing. */
  enter(dispatch: RecordedDispatch): void;
  /** Calls a callback, and notes in a list what it asks services and the state of the room; undefined where it can't ask. */
  reading?(callback: ChainCallback, hook: AnyHook): ReadingCall | undefined;
}

/** Makes a call, and notes what the callback asks meanwhile. @param reads what it asks is added here */
export type ReadingCall = (reads: unknown[], args: readonly unknown[]) => unknown;

/**
 * A dispatch, as far as a record needs it: by reference, except for what may change before it's written down. It's the
 * state that the chain hands from one callback to the next.
 */
export class RecordedDispatch<State = unknown> {
  revision = 0;
  /** The arguments and the context; undefined before it has begun. */
  args: readonly unknown[] | undefined = undefined;
  /** What the last callback that was called came to. */
  last: Came | undefined = undefined;
  /** What callbacks asked, by their index. */
  reads: Map<number, unknown[]> | undefined = undefined;
  /** What callbacks in shadow came to. */
  shadows: Map<ChainCallback, ShadowOutcome> | undefined = undefined;
  outcome: { readonly result: unknown } | { readonly error: unknown } | undefined = undefined;
  /** When it was over, in milliseconds since the epoch; the recorder knows. */
  endedAt = 0;
  /** A circuit breaker left out the callback that is being called. */
  isLeftOut = false;
  #live: readonly unknown[] = NONE;
  /** When it began, and when the last callback came to something, in milliseconds of `performance.now()`; 0 if it isn't timed. */
  #beganAt = 0;
  #cameAt = 0;
  #awaited = 0;

  constructor(
    public state: State,
    readonly chain: RecordedChain,
  ) {}

  /** What the callbacks that were called came to, in order. */
  get came(): readonly Came[] {
    const came: Came[] = [];
    for (let each = this.last; each; each = each.previous) came.push(each);
    return came.reverse();
  }

  get context(): HookContext | undefined {
    return this.args?.[this.chain.arity] as HookContext | undefined;
  }

  /** How long it took, in milliseconds, if it was timed. */
  get ms(): number | undefined {
    return this.#beganAt > 0 ? this.#cameAt - this.#beganAt : undefined;
  }

  /** @param args the arguments and the context; the list is kept */
  begin(args: unknown[]): void {
    const { chain } = this;
    if (chain.live.length > 0) this.#live = chain.live.map((position) => args[position]);
    chain.copy(args);
    this.args = args;
    this.revision = chain.recorder.revision;
    if (chain.isTimed()) this.time();
  }

  /** From now on it's timed. */
  time(): void {
    if (this.#beganAt === 0) this.#beganAt = this.#cameAt = performance.now();
  }

  /** A callback has settled. */
  note(index: number, answer: unknown): Came {
    const came = new Came(index, typeof answer === "object" ? snapshot(answer) : answer, this.last);
    this.last = came;
    if (this.#beganAt > 0) {
      const now = performance.now();
      came.ms = now - this.#cameAt;
      this.#cameAt = now;
    }
    if (this.#live.length > 0) came.live = this.#live.map(snapshot);
    if (this.isLeftOut) {
      came.stoodIn = true;
      this.isLeftOut = false;
    }
    return came;
  }

  /** Where the questions of a callback are noted. */
  readsOf(index: number): unknown[] {
    this.reads ??= new Map();
    let reads = this.reads.get(index);
    if (!reads) this.reads.set(index, (reads = []));
    return reads;
  }

  /** So many callbacks in shadow will settle later. */
  awaitShadows(count: number): void {
    this.#awaited += count;
  }

  shadowed(callback: ChainCallback, outcome: ShadowOutcome): void {
    (this.shadows ??= new Map()).set(callback, outcome);
    if (--this.#awaited === 0 && this.outcome) this.chain.recorder.enter(this);
  }

  end(outcome: NonNullable<RecordedDispatch["outcome"]>): void {
    // A plan tries its strategy without arguments.
    if (!this.args) return;
    this.outcome = "result" in outcome ? { result: snapshot(outcome.result) } : outcome;
    if (this.#awaited === 0) this.chain.recorder.enter(this);
  }
}
