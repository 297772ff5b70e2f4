import { sharedSymbol } from "../package.js";
import type { ChainCallback, RegisteredCallback, RemoteCallback, RemoteChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Recorder } from "./recorded-dispatch.js";

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
 *
 * @param recorder notes what callbacks ask services, so that those that can ask are called one by one
 */
export function joinNeighbours(
  callbacks: readonly ChainCallback[],
  hook: AnyHook,
  recorder?: Recorder,
): readonly ChainCallback[] {
  // What such a decorator passes on is made for each callback, and functions in an answer are watched for each.
  if (hook.decorator.key || hook.answers.functions) return callbacks;
  const joined = [...callbacks];
  // The callbacks in one place that follow the current one, which a chain doesn't wait for in shadow.
  let run: RemoteChainCallback[] = [];
  for (let index = callbacks.length - 1; index >= 0; index--) {
    const callback = callbacks[index]!;
    if (callback.shadow) continue;
    if (!isRemote(callback) || recorder?.reading?.(callback, hook)) {
      run = [];
      continue;
    }
    const { place } = callback.remote;
    run = run[0]?.remote.place === place ? [callback, ...run] : [callback];
    if (run.length > 1) joined[index] = { ...callback, call: place.together(run), joined: true };
  }
  return joined;
}

function isRemote(callback: ChainCallback): callback is RemoteChainCallback {
  return callback.remote !== undefined;
}
