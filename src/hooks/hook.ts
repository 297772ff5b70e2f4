import type { Problem } from "../errors/problem.js";
import type { RoomEvent } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";
import type { StateSelection } from "../matrix/state-selection.js";
import type { OptionsFor } from "./callback-options.js";
import type { ChainCallback, RegisteredCallback } from "./contribution.js";
import type { HookContext, MaybePromise } from "./context.js";
import type { FailurePolicy } from "./failure-policy.js";
import type { Strategy } from "./strategy.js";

/** How far a hook can be relied on. */
export type HookStatus = "stable" | "experimental" | "deprecated" | "legacy";

/** One parameter of a hook, in the order of the signature. */
export interface Parameter {
  readonly name: string;
  /** What it holds, its shape and units. */
  readonly summary: string;
  /** The value holds what no log may show, such as a password: all its strings, or those that the function finds. */
  readonly secret?: true | ((value: never) => readonly string[]);
  /** Copies the value for each callback: a callback may change its copy. */
  readonly copy?: (value: never) => unknown;
  /**
   * `event`: the event that the hook is about, always the first argument. `state`: the state of a room; the homeserver
   * may give a function that loads what callbacks look at.
   */
  readonly kind?: ParameterKind;
  /** What callbacks change in the value counts: it is live, on purpose. */
  readonly mutable?: true;
}

/** What sets some parameters apart, wherever they stand. */
export type ParameterKind = "event" | "state";

type ParameterOf<Arg> = Arg extends RoomEvent
  ? Parameter & { readonly kind: "event" }
  : Arg extends StateMap<RoomEvent>
    ? Parameter & { readonly kind: "state" }
    : Parameter;

/** Parameters as many as the hook has arguments. */
export type ParametersOf<Args extends readonly unknown[]> = {
  readonly [Index in keyof Args]: ParameterOf<Args[Index]>;
};

/** Everything that makes a hook what it is: decorator, type check, chain, method, documentation derive from it. */
export interface HookSpec<Args extends readonly unknown[]> {
  /** One sentence: what is asked or told, and when. */
  readonly summary: string;
  /** The version of Synapse that introduced it. */
  readonly since: string;
  readonly status?: HookStatus;
  readonly parameters: ParametersOf<Args>;
  /** The legal answers, in the words of documentation. */
  readonly answers: string;
  // The state is known to the strategy alone, and the result is checked where the hook is declared.
  readonly strategy: Strategy<any, any>;
  readonly failure: FailurePolicy;
  /**
   * Whether a cancelled request waits until the running callback has settled, and then always sees the cancellation.
   * Without it, cancellation is the callbacks' own affair: they find the signal in the context.
   */
  readonly shield: boolean;
  /** Callbacks are synchronous: a promise is no answer. */
  readonly synchronous?: true;
  /** Only one module may register it: a second one refuses start-up. */
  readonly singleOwner?: true;
  /** Hooks of the category that a module must register with this one. */
  readonly requires?: readonly string[];
  /** The hook of the category that is asked when every callback lets the question pass, with arguments made of this one's. */
  readonly next?: { readonly hook: string; readonly args: (...args: Args) => readonly unknown[] };
  /** Synapse's name, where it doesn't follow from ours. */
  readonly referenceName?: string;
}

/** What a keyed hook is, beside a hook: see {@link keyedHook}. */
export interface KeyedSpec<DecoratorArgs extends readonly unknown[], Exposed> {
  /** The options of a registration, from the arguments of the decorator. Throws when they make no sense. */
  options(...args: DecoratorArgs): unknown;
  /** The rules that the registrations of all modules break together. */
  check(callbacks: readonly RegisteredCallback[]): Problem[];
  /** What `host.hooks` has in the place of the hook's own method. */
  expose(
    callbacks: readonly ChainCallback[],
    chainOf: (callbacks: readonly ChainCallback[]) => HookMethod<AnyHook>,
  ): Exposed;
}

/** A declared hook. The members of `types` are what its decorator and its method are typed by. */
export interface Hook<Types extends HookTypes = HookTypes> extends HookSpec<Types["args"]> {
  readonly status: HookStatus;
  readonly keyed?: KeyedSpec<Types["decoratorArgs"], Types["exposed"]>;
  /** Never there at run time: carries the types. */
  readonly types?: Types;
}

/** The types of a hook. */
export interface HookTypes {
  /** What callbacks receive before the context. */
  args: readonly unknown[];
  /** What a callback returns, the promise of it included where it may be asynchronous. */
  answer: unknown;
  /** What the homeserver receives. */
  result: unknown;
  /** What the homeserver gives, where it differs from `args`. */
  hostArgs: readonly unknown[];
  /** What the decorator takes. */
  decoratorArgs: readonly unknown[];
  /** What `host.hooks` has in the place of the hook's own method; undefined for a hook with a method. */
  exposed: unknown;
}

// A hook of any signature; `any` because the signature stands in both directions.
export type AnyHook = Hook<any>;
// A method of `host.hooks` whose signature is known where its hook is declared.
export type AnyMethod = (...args: any[]) => any;

/**
 * Declares a hook.
 *
 * @typeParam Args what callbacks receive before the context
 * @typeParam Answer what a callback returns or promises
 * @typeParam Result what the homeserver receives or is promised
 * @typeParam HostArgs what the homeserver gives, where it differs from `Args`
 */
export function hook<Args extends readonly unknown[], Answer, Result, HostArgs extends readonly unknown[] = Args>(
  spec: HookSpec<Args>,
): Hook<{
  args: Args;
  answer: MaybePromise<Answer>;
  result: MaybePromise<Result>;
  hostArgs: HostArgs;
  decoratorArgs: OptionsFor<Args>;
  exposed: undefined;
}> {
  return Object.freeze({ status: "stable", ...spec });
}

/** Declares a hook whose callbacks are synchronous and never return a promise. */
export function syncHook<Args extends readonly unknown[], Answer, Result>(
  spec: HookSpec<Args>,
): Hook<{
  args: Args;
  answer: Answer;
  result: Result;
  hostArgs: Args;
  decoratorArgs: OptionsFor<Args>;
  exposed: undefined;
}> {
  return Object.freeze({ status: "stable", synchronous: true, ...spec });
}

/** Declares a hook whose decorator takes arguments, and whose callbacks the homeserver asks by them. */
export function keyedHook<Args extends readonly unknown[], Answer, DecoratorArgs extends readonly unknown[], Exposed>(
  spec: HookSpec<Args> & { readonly keyed: KeyedSpec<DecoratorArgs, Exposed> },
): Hook<{
  args: Args;
  answer: MaybePromise<Answer>;
  result: never;
  hostArgs: Args;
  decoratorArgs: DecoratorArgs;
  exposed: Exposed;
}> {
  return Object.freeze({ status: "stable", ...spec });
}

/** The types of a declared hook. */
export type TypesOf<H extends AnyHook> = NonNullable<H["types"]>;

/** A callback of a chain, as a homeserver may show it. */
export interface CallbackName {
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly name: string;
}

/** A hook as the homeserver calls it. */
export interface HookMethod<H extends AnyHook> {
  (...args: [...TypesOf<H>["hostArgs"], context?: HookContext]): TypesOf<H>["result"];
  /** Who will be asked, in order. */
  readonly callbacks: readonly CallbackName[];
}

/**
 * The state of a room, or a function that loads it, called once per call of the hook and only if a callback looks at it.
 *
 * @param wanted what callbacks look at; undefined for the whole state. The function may load more than that.
 */
export type Lazy<State> = State | ((wanted?: StateSelection) => MaybePromise<State>);

/** The position of the parameter of a kind; -1 for a hook that has none. */
export function positionOf({ parameters }: Pick<AnyHook, "parameters">, kind: ParameterKind): number {
  return (parameters as readonly Parameter[]).findIndex((parameter) => parameter.kind === kind);
}
