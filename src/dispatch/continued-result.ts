import { whenSettled } from "./when-settled.js";

// Looked up, not imported: what dispatches hooks needs nothing of Node.
const { process } = globalThis as { readonly process?: Partial<Pick<NodeJS.Process, "getBuiltinModule">> };
const AsyncLocalStorage = process?.getBuiltinModule?.("node:async_hooks").AsyncLocalStorage;

/**
 * Whether a promise that is resolved with a thenable calls its `then` in the async context in which the promise was made. Node
 * does so as long as `AsyncLocalStorage` needs hooks, to which this member belongs: before version 24. Later it does so in the
 * context of the code that resolves the promise.
 */
const CALLS_THENABLES_WHERE_MADE = AsyncLocalStorage !== undefined && "_enable" in AsyncLocalStorage.prototype;

/** In the place of a result: a function that comes to one. */
class Continuation {
  readonly #run: () => unknown;

  constructor(run: () => unknown) {
    this.#run = run;
  }

  /** The result, or what a continuation comes to. Results may be of modules, so they aren't asked for their class. */
  static outcomeOf(given: unknown): unknown {
    return typeof given === "object" && given !== null && #run in given ? given.#run() : given;
  }
}

const continued = (given: unknown) => Continuation.outcomeOf(given);

/**
 * A promise of a result that may be {@link continuation | continued}.
 *
 * @param capture receives the function that resolves it
 */
export function continuable<Result>(
  capture: (resolve: (result: Result | Promise<never>) => void) => void,
): Promise<Result> {
  const result = new Promise<Result>(capture);
  // A reaction has the context in which it was added. It would do everywhere, but takes a promise more for each dispatch.
  return CALLS_THENABLES_WHERE_MADE ? result : (whenSettled(result, continued) as Promise<Result>);
}

/**
 * What resolves a {@link continuable} promise so that a function works out its result, soon, and in the async context in which the
 * promise was made: what gives up on something, such as a sweep, has none or another one.
 */
export function continuation(run: () => unknown): unknown {
  return CALLS_THENABLES_WHERE_MADE
    ? { then: (resolve: (outcome: unknown) => void) => resolve(run()) }
    : new Continuation(run);
}
