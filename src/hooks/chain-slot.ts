import { callbackName, type CallbackName } from "./callback-name.js";
import { Chain } from "./chain.js";
import type { ChainCallback, Interest } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import type { Observer } from "./observer.js";
import { WantedArguments } from "./wanted-arguments.js";
import type { Watchdog } from "./watchdog.js";

const NONE: readonly CallbackName[] = Object.freeze([]);

/**
 * The chain that a hook's method runs. It's replaced as a whole and read once per dispatch, so a dispatch that waits
 * keeps the chain it began with.
 */
export class ChainSlot {
  chain: Chain;
  /** The callbacks of the chain, for the homeserver to show. */
  callbacks = NONE;
  /** What each of them can look at. */
  interests: readonly Interest[] = [];
  /** What those look at that are asked about an event. */
  wanted: WantedArguments;

  /** @param name `Category.hook`, as logs and metrics name it. */
  constructor(
    readonly name: string,
    private readonly hook: AnyHook,
    private readonly watchdog: Watchdog,
    private readonly observer?: Observer,
  ) {
    this.chain = this.#chainOf([]);
    this.wanted = new WantedArguments(hook, []);
  }

  setCallbacks(callbacks: readonly ChainCallback[]): void {
    // Most hooks of most hosts stay empty.
    if (callbacks.length === 0 && this.chain.isEmpty) return;
    this.chain = this.#chainOf(callbacks);
    this.interests = callbacks.map(({ interest }) => interest);
    this.wanted = new WantedArguments(this.hook, this.interests);
    this.callbacks = Object.freeze(callbacks.map(callbackName));
  }

  #chainOf(callbacks: readonly ChainCallback[]): Chain {
    return new Chain(this.name, this.hook, callbacks, this.watchdog, this.observer);
  }
}
