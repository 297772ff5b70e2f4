import { copyJson } from "../matrix/json.js";
import type { HookContext } from "./context.js";
import type { ChainCallback } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import { liveOf, type Parameter } from "./parameter.js";
import type { ShadowOutcome } from "./shadowed-dispatch.js";
import { snapshot } from "./snapshot.js";

/** What a callback answered or threw, in a dispatch that is recorded. */
export interface Came {
  /** Which callback of the chain. */
  readonly index: number;
  readonly answer: unknown;
  /** What it threw, in place of an answer. */
  readonly thrown: { readonly error: unknown } | undefined;
  /** Whether it wasn't called because its circuit breaker was open, and this stood in for it. */
  readonly stoodIn: boolean;
  readonly decided: boolean;
  /** When it had settled, in milliseconds of `performance.now()`. */
  readonly at: number;
  /** Copies of the live arguments, as they were then. */
  readonly live: readonly unknown[];
}

/** What the dispatches of a chain that are recorded have in common. */
export class RecordedChain {
  /** By position: copies an argument that may change before it's written down, or leaves it out. */
  readonly keep: readonly (((arg: never) => unknown) | undefined)[];
  /** The positions of live arguments. */
  readonly live: readonly number[];

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
    this.keep = parameters.map(({ copy, mutable, lent, kind }) => {
      if (lent || kind === "state") return () => undefined;
      return mutable ? copyJson : copy;
    });
    this.live = liveOf(parameters);
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
  /** In milliseconds since the epoch. */
  time = 0;
  /** When it began and ended, in milliseconds of `performance.now()`. */
  beganAt = 0;
  endedAt = 0;
  revision = 0;
  context: HookContext | undefined;
  /** The arguments and the context; undefined before it has begun. */
  args: readonly unknown[] | undefined;
  readonly came: Came[] = [];
  /** What callbacks asked, by their index. */
  reads: Map<number, unknown[]> | undefined;
  /** What callbacks in shadow came to. */
  shadows: Map<ChainCallback, ShadowOutcome> | undefined;
  outcome: { readonly result: unknown } | { readonly error: unknown } | undefined;
  /** A circuit breaker left out the callback that is being called. */
  isLeftOut = false;
  #live: readonly unknown[] = [];
  #awaited = 0;

  constructor(
    public state: State,
    readonly chain: RecordedChain,
  ) {}

  begin(args: readonly unknown[]): void {
    const { keep, live, recorder } = this.chain;
    this.time = Date.now();
    this.revision = recorder.revision;
    const kept = args.slice(0, keep.length + 1);
    if (live.length > 0) this.#live = live.map((position) => args[position]);
    for (let position = 0; position < keep.length; position++) {
      const copy = keep[position];
      if (copy && kept[position] !== undefined) kept[position] = copy(kept[position] as never);
    }
    this.context = kept[keep.length] as HookContext | undefined;
    this.args = kept;
    this.beganAt = performance.now();
  }

  /** A callback has settled. */
  note(index: number, answer: unknown, thrown: Came["thrown"], decided: boolean): void {
    const live = this.#live.length > 0 ? this.#live.map(copyJson) : NONE;
    this.came.push({
      index,
      answer: snapshot(answer),
      thrown,
      stoodIn: this.isLeftOut,
      decided,
      at: performance.now(),
      live,
    });
    this.isLeftOut = false;
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
    this.endedAt = performance.now();
    this.outcome = "result" in outcome ? { result: snapshot(outcome.result) } : outcome;
    if (this.#awaited === 0) this.chain.recorder.enter(this);
  }
}

const NONE: readonly unknown[] = [];
