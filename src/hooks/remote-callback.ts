import { sharedSymbol } from "../package.js";
import type { Call, ChainCallback, RegisteredCallback } from "./contribution.js";
import type { AnyHook } from "./hook.js";

/** A callback whose method runs in another process. */
export interface RemoteCallback {
  /** Calls it alone. */
  readonly call: Call;
  /** Where it runs. */
  readonly place: RemotePlace;
}

/** Where callbacks run: neighbours in a chain that run in one place can be called together. */
export interface RemotePlace {
  /**
   * Calls callbacks of a hook that run here, in order, until one decides or fails.
   *
   * @returns what promises the answer of the first, or `RawAnswers` for those that follow it, too
   */
  together(callbacks: readonly RemoteChainCallback[], hook: AnyHook, chain: string): Call;
}

/** A callback of a chain that runs in another process. */
export type RemoteChainCallback = ChainCallback & { readonly remote: RemoteCallback };

/** The member of a module's instance that finds its callbacks in another process. */
export const REMOTE: unique symbol = sharedSymbol("remote-callbacks") as never;

/** An instance whose callbacks run in another process. */
export interface RemoteInstance {
  [REMOTE](callback: RegisteredCallback, hook: AnyHook, chain: string): RemoteCallback;
}

/** A callback of an instance, if it runs in another process. @param chain `Category.hook` */
export function remoteCallback(
  instance: object,
  callback: RegisteredCallback,
  hook: AnyHook,
  chain: string,
): RemoteCallback | undefined {
  return (instance as Partial<RemoteInstance>)[REMOTE]?.(callback, hook, chain);
}

/**
 * The callbacks of a chain, of which neighbours in one place cross together: the `call` of each also calls those that follow
 * it there. Callbacks of which something is asked, such as a timeout, aren't `remote` here: it must not hold for others.
 */
export function joinNeighbours(
  callbacks: readonly ChainCallback[],
  hook: AnyHook,
  chain: string,
): readonly ChainCallback[] {
  // What such a decorator passes on is made for each callback.
  if (hook.decorator.key) return callbacks;
  const joined = [...callbacks];
  // The callbacks in one place that follow the current one, which a chain doesn't wait for in shadow.
  let run: RemoteChainCallback[] = [];
  for (let index = callbacks.length - 1; index >= 0; index--) {
    const callback = callbacks[index]!;
    if (callback.shadow) continue;
    if (!isRemote(callback)) {
      run = [];
      continue;
    }
    const { place } = callback.remote;
    run = run[0]?.remote.place === place ? [callback, ...run] : [callback];
    if (run.length > 1) joined[index] = { ...callback, call: place.together(run, hook, chain) };
  }
  return joined;
}

function isRemote(callback: ChainCallback): callback is RemoteChainCallback {
  return callback.remote !== undefined;
}
