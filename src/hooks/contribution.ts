import type { Position } from "../errors/problem.js";
import type { StateSelection } from "../matrix/state-selection.js";
import type { HookContext } from "./context.js";
import type { FailurePolicy } from "./failure-policy.js";
import type { LaterFailures } from "./later-failures.js";
import { registrationsOf, type Registration } from "./registration.js";

/** The module that a callback belongs to. */
export interface ContributingModule {
  readonly id: string;
  /** How the configuration names the module. */
  readonly specifier?: string;
  /** Where the configuration lists the module. */
  readonly position?: Position;
}

/** One module's registrations on the hooks of one category, in the order of its decorators. */
export interface Contribution {
  readonly module: ContributingModule;
  readonly moduleClass: Function;
  readonly registrations: readonly Registration[];
}

/** Where dispatch logs; a winston logger will do. */
export interface HookLog {
  debug(message: string, meta: object): unknown;
  info(message: string, meta: object): unknown;
  warn(message: string, meta: object): unknown;
  error(message: string, meta: object): unknown;
}

/** A contribution whose module was constructed. */
export interface LiveContribution extends Contribution {
  readonly instance: object;
  readonly log: HookLog;
}

/** A registration as one callback of its module. */
export interface RegisteredCallback<Options = unknown> {
  readonly module: ContributingModule;
  readonly moduleClass: Function;
  /** `Class.method`. */
  readonly name: string;
  readonly method: string | symbol;
  /** The decorator's arguments, as the hook reads them; undefined if there were none. */
  readonly options: Options;
}

/** A bound callback: the method of a module's instance. Always called with all slots, of which the hook uses some. */
export type Call = (a0?: unknown, a1?: unknown, a2?: unknown, a3?: unknown, a4?: unknown, a5?: unknown) => unknown;

/** What a callback can look at, or several callbacks together. */
export interface Interest {
  /** How many of the hook's arguments, from the first. */
  readonly parameters: number;
  /** The types of events that it is called for; null for all. */
  readonly types: readonly string[] | null;
  /** Which part of the state it looks at; null for the whole. */
  readonly state: StateSelection | null;
  /** Why it can look at all arguments, if its parameters don't say how many. */
  readonly because?: string;
}

/** A callback as a chain holds it: bound to the instance of its module. */
export interface ChainCallback extends RegisteredCallback {
  readonly log: HookLog;
  readonly call: Call;
  /** The method itself, from which it's read what it can look at; a callback without it can look at everything. */
  readonly called?: Function;
  /** What it can look at. */
  readonly interest: Interest;
  /** As in {@link RemoteCallback}. */
  readonly callAs?: RemoteCallback["callAs"];
  /** How long a promise of it may be pending, in milliseconds in which the event loop runs; without it, there is no limit. */
  readonly timeoutMs?: number;
  /** What its failures lead to, if it isn't what the hook's policy says. */
  readonly failure?: FailurePolicy;
  /** Counts failures of functions in its answers, where the hook has any. */
  readonly later?: LaterFailures;
  /** What decides whether it's called. */
  readonly guard?: CallGuard;
  /** Its `call` may promise `RawAnswers`, for it and for callbacks that follow it. */
  readonly joined?: true;
  /** Why `call` answers `NOT_ASKED` where an administrator's `only`, `except` and `share` say so; for records. */
  readonly whyNot?: (...args: Parameters<Call>) => "only" | "except" | "share" | undefined;
  /** It is called beside the chain, and decides nothing. */
  readonly shadow?: true;
  /** Where it runs, if that's another process and nothing is asked of it: it can be called together with its neighbours. */
  readonly remote?: RemoteCallback;
}

/** Lets some calls of a callback be made, and counts which of them fail. */
export interface CallGuard {
  /** The call that was made last, or whose outcome is judged. What waits for a call keeps this, and puts it back then. */
  current: unknown;
  /** The current call failed: by an error, an illegal answer, a time-out; not by a `MatrixError` that refuses, nor a cancellation. */
  failed(error: Error): void;
}

/** How a callback is called that runs in another process, if it isn't as any other. */
export interface RemoteHow {
  readonly isInShadow?: true;
  /** How long the answer of a synchronous hook may take to arrive, for which another one stands in until then, in milliseconds. */
  readonly timeoutMs?: number;
  /** What the answer of a synchronous hook comes to if it doesn't arrive; without it, the error. */
  readonly late?: LateFailure;
}

/** Returns the answer in place of one that failed after its dispatch, or throws. */
export type LateFailure = (thrown: unknown, context: HookContext, args: readonly unknown[]) => unknown;

/** A callback whose method runs in another process. */
export interface RemoteCallback {
  /** Calls it alone. */
  readonly call: Call;
  /** The same call, for a process that is to know how it is called. */
  readonly callAs: (how: RemoteHow) => Call;
  readonly place: RemotePlace;
}

/** Where callbacks run: neighbours in a chain that run in one place can be called together. */
export interface RemotePlace {
  /**
   * Calls callbacks of one hook, in order, until one decides or fails.
   *
   * @param callbacks those of a chain that run here, one after the other
   * @returns what promises the answer of the first, or `RawAnswers` for those that follow it, too
   */
  together(callbacks: readonly RemoteChainCallback[]): Call;
}

/** A callback of a chain that runs in another process. */
export type RemoteChainCallback = ChainCallback & { readonly remote: RemoteCallback };

/** What a module class contributes to a category; undefined when it registers none of its hooks. */
export function contributionTo(
  category: string,
  module: ContributingModule,
  moduleClass: Function,
): Contribution | undefined {
  const registrations = registrationsOf(moduleClass).filter((registration) => registration.category === category);
  return registrations.length > 0 ? { module, moduleClass, registrations } : undefined;
}

/** The callbacks of one module on one hook, in the order of its decorators. */
export function callbacksOf({ module, moduleClass, registrations }: Contribution, hook: string): RegisteredCallback[] {
  return registrations
    .filter((registration) => registration.hook === hook)
    .map(({ method, options }) => ({
      module,
      moduleClass,
      name: `${moduleClass.name}.${String(method)}`,
      method,
      options,
    }));
}

/** The contributions that take part in a category: all of them, or only the first module's. */
export function participantsOf<C extends Contribution>(
  { firstModuleOnly }: { readonly firstModuleOnly?: true },
  contributions: readonly C[],
): readonly C[] {
  return firstModuleOnly ? contributions.slice(0, 1) : contributions;
}
