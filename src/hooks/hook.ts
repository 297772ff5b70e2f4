import type { StateSelection } from "../matrix/state-selection.js";
import type { CallbackName } from "./callback-name.js";
import type { OptionsFor } from "./callback-options.js";
import type { HookContext, MaybePromise } from "./context.js";
import type { DecoratorOptions } from "./decorator-options.js";
import { eventAndState } from "./event-and-state.js";
import type { FailurePolicy } from "./failure-policy.js";
import type { LegalAnswers } from "./legal-answers.js";
import type { ParametersOf } from "./parameter.js";
import type { Refusal } from "./refusal.js";
import type { Strategy } from "./strategy.js";

/** How stable a hook is. @public */
export type HookStatus = "stable" | "experimental" | "deprecated" | "legacy";

/** The declaration of a hook, from which its decorator, type check, chain, method and documentation derive. */
export interface HookSpec<Args extends readonly unknown[], Answer = any, Result = any> {
  /** One sentence: what is asked or announced, and when. */
  readonly summary: string;
  /** The version of Synapse that introduced it. */
  readonly since: string;
  readonly status?: HookStatus;
  readonly parameters: ParametersOf<Args>;
  readonly answers: LegalAnswers<Answer, Result>;
  readonly failure: FailurePolicy;
  /** The refusal that replaces a callback that can't answer; null if nothing can be refused. */
  readonly refusal: Refusal<Answer> | null;
  /** A registered callback replaces the homeserver's own behaviour: no answer leaves it to the homeserver. */
  readonly replacesHomeserver?: true;
  /**
   * Whether a cancelled request waits until the running callback has settled, and then always sees the cancellation.
   * Without it, callbacks handle cancellation themselves: the signal is in the context.
   */
  readonly shield: boolean;
  /** A call whose answer was lost may be made again: a question whose answer changes nothing, or a call that repeats anyway. */
  readonly repeatable?: true;
  /**
   * The argument, or a member of it, that names what the calls are about: `userId`, `event.roomId`. Calls that agree in it
   * belong on the same replica. Without it, any replica will do.
   */
  readonly key?: string;
  /** Asked for every request or every event a client receives: only what was decided is worth a record. */
  readonly frequent?: true;
  /** Callbacks are synchronous: a promise isn't an answer. */
  readonly synchronous?: true;
  /** The answer of a synchronous hook that has the homeserver's own effect, for a callback that turns out to have none. */
  readonly passing?: Answer;
  /** Only one module may register it: a second one refuses start-up. */
  readonly singleOwner?: true;
  /** Hooks of the category that a module must register with this one. */
  readonly requires?: readonly string[];
  /** Synapse's name, where it doesn't follow from ours. */
  readonly referenceName?: string;
  /** What Synapse does differently once the hook is registered, whatever callbacks answer. */
  readonly atSynapse?: RegistrationEffect;
}

/** What registering a hook at Synapse changes for users, or what it costs the server. */
export interface RegistrationEffect {
  readonly kind: "changes" | "costs";
  readonly what: string;
}

/** A declared hook. The members of `types` are what its decorator and its method are typed by. */
export interface Hook<Types extends HookTypes = HookTypes> extends HookSpec<Types["args"]> {
  readonly status: HookStatus;
  /** How the answers of a chain become one result: that of `answers`. */
  readonly strategy: Strategy<any, any>;
  /** What the decorator takes. */
  readonly decorator: DecoratorOptions<Types["given"], any>;
  /** Doesn't exist at run time; carries the types. */
  readonly types?: Types;
}

/** The types of a hook. */
export interface HookTypes {
  /** What callbacks receive before the context. */
  args: readonly unknown[];
  /** What a callback returns, including a promise of it if it may be asynchronous. */
  answer: unknown;
  /** What the homeserver receives. */
  result: unknown;
  /** What the homeserver passes, if it differs from `args`. */
  hostArgs: readonly unknown[];
  /** What the decorator takes. */
  given: readonly unknown[];
}

// A hook of any signature; `any` because the signature stands in both directions.
export type AnyHook = Hook<any>;
// A method of `host.hooks` whose signature is known where its hook is declared.
export type AnyMethod = (...args: any[]) => any;

/**
 * Declares a hook. Its decorator takes the options of {@link eventAndState}.
 *
 * @typeParam Args what callbacks receive before the context
 * @typeParam Answer what a callback returns or promises
 * @typeParam Result what the homeserver receives or is promised
 * @typeParam HostArgs what the homeserver passes, if it differs from `Args`
 */
export function hook<Args extends readonly unknown[], Answer, Result, HostArgs extends readonly unknown[] = Args>(
  spec: HookSpec<Args, Answer, Result>,
): Hook<{
  args: Args;
  answer: MaybePromise<Answer>;
  result: MaybePromise<Result>;
  hostArgs: HostArgs;
  given: OptionsFor<Args>;
}> {
  return declare(spec);
}

/** Declares a hook whose callbacks are synchronous and never return a promise. */
export function syncHook<Args extends readonly unknown[], Answer, Result>(
  spec: HookSpec<Args, Answer, Result> & { readonly passing: Answer },
): Hook<{ args: Args; answer: Answer; result: Result; hostArgs: Args; given: OptionsFor<Args> }> {
  return declare({ synchronous: true, ...spec });
}

/** Declares a hook whose decorator takes arguments of its own. */
export function hookWith<Given extends readonly unknown[], Options>(decorator: DecoratorOptions<Given, Options>) {
  return <Args extends readonly unknown[], Answer, Result>(
    spec: HookSpec<Args, Answer, Result>,
  ): Hook<{
    args: Args;
    answer: MaybePromise<Answer>;
    result: MaybePromise<Result>;
    hostArgs: Args;
    given: Given;
  }> => declare(spec, decorator);
}

function declare(spec: HookSpec<any>, decorator: DecoratorOptions<any, any> = eventAndState(spec.parameters)): AnyHook {
  return Object.freeze({ status: "stable", ...spec, strategy: spec.answers.strategy, decorator });
}

/** The types of a declared hook. */
export type TypesOf<H extends AnyHook> = NonNullable<H["types"]>;

/** A hook as the homeserver calls it. */
export interface HookMethod<H extends AnyHook> {
  (...args: [...TypesOf<H>["hostArgs"], context?: HookContext]): TypesOf<H>["result"];
  /** The callbacks that will be asked, in order. */
  readonly callbacks: readonly CallbackName[];
}

/**
 * The state of a room, or a function that loads it, called once per call of the hook and only if a callback looks at it.
 *
 * @param wanted what callbacks look at; undefined for the whole state. The function may load more than that.
 *
 * @public
 */
export type Lazy<State> = State | ((wanted?: StateSelection) => MaybePromise<State>);
