import type { BackgroundUpdateSlot } from "../../catalogue/background-updates.js";
import { LigandError } from "../../errors/ligand-error.js";
import { markRepeated } from "../../errors/repeated.js";
import { SweepingBudgets } from "../../dispatch/sweeping-budgets.js";
import { callbackTimeout } from "../../dispatch/callback-timeout.js";
import { NO_CONTEXT, type HookContext } from "../../hooks/context.js";
import type {
  Call,
  Interest,
  LateFailure,
  RemoteHow,
  RemoteCallback,
  RemoteChainCallback,
  RemotePlace,
} from "../../hooks/contribution.js";
import type { AnyHook } from "../../hooks/hook.js";
import { NOT_ASKED } from "../../hooks/narrowing.js";
import { LateState } from "../../hooks/late-state.js";
import { positionOf, type Parameter } from "../../hooks/parameter.js";
import { RawAnswers } from "../../dispatch/raw-answers.js";
import type { Stop } from "../../hooks/strategy.js";
import { WantedArguments } from "../../hooks/wanted-arguments.js";
import { copyInto } from "../../matrix/json.js";
import { StateMap } from "../../matrix/state-map.js";
import { expectMembers } from "../wire/expect-members.js";
import type { PeerHandles } from "../wire/peer-handles.js";
import {
  CallCallbacks,
  type CallbackAnswers,
  type CallbackCall,
  type CallbackRef,
  type WireRead,
} from "../wire/process-protocol.js";
import { decodeAnswer, decodeThrown } from "../wire/raw-answers.js";
import { decode } from "../wire/wire.js";
import { isLoss } from "./link.js";
import { Loan } from "./loan.js";
import type { ProcessLink } from "./module-process.js";
import type { NumberedCalls } from "./numbered-calls.js";
import { slotOf } from "./remote-hooks.js";

/** How often, for each hook, it's logged that its callbacks can't be called. */
const MS_BETWEEN_LOSSES = 60_000;

/** What calls to a process of modules need. */
export interface CrossingOptions {
  /** The current connection. @throws {LigandError} `LIGAND_REMOTE_LOST` while there is none. */
  readonly link: () => ProcessLink;
  /** The calls that it's answering, for which it may use services. */
  readonly calls: NumberedCalls;
  /** How the process is named in errors. */
  readonly process: string;
  /** How long to wait for answers, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Notes what the callback that's running asked in its process. Throws for what isn't that. */
  readonly noteReads: (reads: readonly WireRead[]) => void;
  /** Called for an answer that breaks the protocol. */
  readonly nonsense: (error: LigandError) => void;
}

/** A callback as its process knows it. */
interface CrossingCallback extends RemoteCallback {
  readonly ref: CallbackRef;
  readonly hook: AnyHook;
  /** `Category.hook`. */
  readonly chain: string;
}

/** The way to the callbacks of a process: each call crosses to it, and brings back what they returned or threw. */
export class Crossing implements RemotePlace {
  /** Until when a loss isn't news, by its code and its hook. */
  readonly #lossesSaid = new Map<string, number>();
  readonly #budgets = new SweepingBudgets();

  constructor(private readonly options: CrossingOptions) {}

  /** A callback by itself. @param chain `Category.hook` */
  callback(ref: CallbackRef, interest: Interest, hook: AnyHook, chain: string): CrossingCallback {
    const callAs = ({ isInShadow, timeoutMs, late }: RemoteHow) => {
      const call = this.#call([ref], [interest], hook, chain, isInShadow);
      if (!hook.synchronous) return call;
      return slotCall(hook, timeoutMs === undefined ? call : this.#within(timeoutMs, hook, call), late);
    };
    return { ref, hook, chain, place: this, call: callAs({}), callAs };
  }

  together(callbacks: readonly RemoteChainCallback[]): Call {
    const remote = callbacks.map((callback) => callback.remote as CrossingCallback);
    const { hook, chain } = remote[0]!;
    return this.#call(
      remote.map(({ ref }) => ref),
      callbacks.map(({ interest }) => interest),
      hook,
      chain,
    );
  }

  #call(
    refs: readonly CallbackRef[],
    interests: readonly Interest[],
    declared: AnyHook,
    chain: string,
    isInShadow?: true,
  ): Call {
    const { parameters } = declared as AnyHook & { readonly parameters: readonly Parameter[] };
    const { length } = parameters;
    const wanted = new WantedArguments(declared, interests);
    const [first] = interests;
    const types = first?.types ? new Set(first.types) : undefined;
    const statePosition = positionOf(parameters, "state");
    const asked = { chain, callbacks: refs, ...(isInShadow && { isInShadow }) };
    return (...given) => {
      if (types && !types.has((given[0] as { readonly type: string }).type)) return NOT_ASKED;
      const args = given.slice(0, wanted.about(given[0]).parameters);
      if (statePosition >= 0 && statePosition < args.length) {
        const state = args[statePosition];
        if (LateState.is(state)) args[statePosition] = undefined;
        const selection = state instanceof StateMap ? wanted.stateAbout(given[0]) : null;
        if (selection) args[statePosition] = (state as StateMap<unknown>).only(selection);
      }
      const context = (given[length] as HookContext | undefined) ?? NO_CONTEXT;
      return this.#cross(asked, args, context);
    };
  }

  /** The same call, given up when its answer doesn't arrive in time. */
  #within(timeoutMs: number, { parameters }: AnyHook, call: Call): Call {
    const { length } = parameters as readonly Parameter[];
    const queue = this.#budgets.queueOf(timeoutMs);
    return (...given) => {
      const { requestId, origin, signal } = (given[length] as HookContext | undefined) ?? NO_CONTEXT;
      const own = new AbortController();
      const either = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
      const args = Object.assign([...given], { [length]: { requestId, origin, signal: either } });
      const answer = Promise.resolve(call(...args));
      return this.#budgets.within(queue, answer, () => {
        const error = callbackTimeout(timeoutMs);
        own.abort(error);
        return error;
      });
    };
  }

  async #cross(
    asked: Pick<CallbackCall, "chain" | "callbacks" | "isInShadow">,
    args: readonly unknown[],
    { signal, requestId, origin }: HookContext,
  ): Promise<unknown> {
    const { link, calls, timeoutMs, process: what } = this.options;
    const number = calls.open();
    let loan: Loan | undefined;
    try {
      let answers: CallbackAnswers;
      let handles: PeerHandles;
      try {
        const { peer, handles: own } = link();
        handles = own;
        const lending = Loan.of(args, own);
        loan = lending instanceof Loan ? lending : await lending;
        // Members that are undefined don't cross. Spread members would be many times as slow.
        const params = {
          chain: asked.chain,
          callbacks: asked.callbacks,
          args: loan.crossing,
          context: { requestId, origin },
          call: number,
          isInShadow: asked.isInShadow,
        };
        // A late answer is useless; what it carries is released after decoding.
        const discard = ({ reads: _, ...late }: CallbackAnswers) => void this.#decoded(late, [], own, what);
        answers = await peer.ask(CallCallbacks, params, what, { signal, timeoutMs, discard });
      } catch (error) {
        if (isLoss(error) && this.#wasSaid(error, asked.chain)) markRepeated(error);
        throw error;
      }
      // What a callback threw is its answer, whatever its code: it isn't a loss.
      return this.#decoded(answers, args, handles, what);
    } finally {
      loan?.end();
      calls.close(number);
    }
  }

  /** Late calls are rare; without a process they fail by the thousand. */
  #wasSaid({ code }: LigandError, chain: string): boolean {
    if (code === "LIGAND_REMOTE_TIMEOUT") return false;
    const now = this.options.now();
    const key = `${code} ${chain}`;
    if (now < (this.#lossesSaid.get(key) ?? now)) return true;
    this.#lossesSaid.set(key, now + MS_BETWEEN_LOSSES);
    return false;
  }

  /** What the callbacks returned. Throws what the only one threw. */
  #decoded(crossed: CallbackAnswers, args: readonly unknown[], handles: PeerHandles, what: string): unknown {
    let answers: unknown[];
    let failure: { readonly thrown: unknown } | undefined;
    try {
      expectMembers(crossed, ANSWERS, CallCallbacks.method);
      const { thrown, changed, reads } = crossed;
      if (changed) {
        for (const [position, value] of Object.entries(changed)) {
          copyInto(args[Number(position)], decode(value, handles));
        }
      }
      answers = crossed.answers.map((answer) => decodeAnswer(answer, handles));
      failure = thrown && { thrown: decodeThrown(thrown) };
      if (reads) this.options.noteReads(reads);
      if (answers.length === 0 && !failure) throw new LigandError("LIGAND_REMOTE_PROTOCOL", "there is no answer");
    } catch (cause) {
      const error = new LigandError("LIGAND_REMOTE_LOST", `${what}: the answer breaks the protocol`, { cause });
      this.options.nonsense(error);
      throw error;
    }
    if (answers.length === 0) throw failure!.thrown;
    return answers.length === 1 && !failure ? answers[0] : new RawAnswers(answers, failure);
  }
}

const ANSWERS = { answers: "list", thrown: "object?", changed: "object?", reads: "list?" } as const;

/** The call of a synchronous hook: the chain has no time to judge what is answered, or that nothing is. */
function slotCall(hook: AnyHook, call: Call, late: LateFailure = rethrow): Call {
  const { length } = hook.parameters as readonly Parameter[];
  const judged = async (...given: unknown[]) => {
    try {
      return slotIn(hook, await call(...given));
    } catch (thrown) {
      const context = (given[length] as HookContext | undefined) ?? NO_CONTEXT;
      return slotIn(hook, late(thrown, context, given.slice(0, length)));
    }
  };
  return (...given) => slotOf(judged(...given));
}

function rethrow(thrown: unknown): never {
  throw thrown;
}

/** What a synchronous hook makes of an answer. @throws {LigandError} `LIGAND_ANSWER_ILLEGAL`. */
function slotIn({ strategy }: AnyHook, answer: unknown): BackgroundUpdateSlot {
  return (strategy.step(strategy.start(), answer) as Stop<BackgroundUpdateSlot>).result;
}
