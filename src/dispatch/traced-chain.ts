import type { HookContext, MaybePromise } from "../hooks/context.js";
import { Chain } from "./chain.js";
import type { Call, ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import type { SharedParts } from "./plan.js";
import type { ShadowRunner } from "./shadowed-dispatch.js";

/** Follows dispatches and the calls within them, as traces do. */
export interface Tracing {
  /** Runs a dispatch of a hook. @param name `Category.hook` */
  dispatch<Result>(name: string, context: HookContext, run: () => MaybePromise<Result>): MaybePromise<Result>;
  /** The call of a callback, followed. @param chain `Category.hook` */
  call(callback: ChainCallback, chain: string): Call;
}

/** A chain whose dispatches are followed. Others pay nothing for it. */
export class TracedChain<State = unknown, Result = unknown> extends Chain<State, Result> {
  /** A plan that is made again has callbacks that are followed already. */
  readonly #followed = new WeakSet<ChainCallback>();

  constructor(
    name: string,
    hook: AnyHook,
    shared: SharedParts,
    private readonly tracing: Tracing,
  ) {
    super(name, hook, shared);
  }

  override setCallbacks(callbacks: readonly ChainCallback[], shadows?: ShadowRunner): void {
    super.setCallbacks(
      callbacks.map((callback) => this.#follow(callback)),
      shadows,
    );
  }

  override run(
    context: HookContext,
    a0?: unknown,
    a1?: unknown,
    a2?: unknown,
    a3?: unknown,
    a4?: unknown,
    a5?: unknown,
  ): MaybePromise<Result> {
    const run = () => super.run(context, a0, a1, a2, a3, a4, a5);
    // A hook that no module answers isn't worth a span.
    return this.plan.callbacks.length === 0 ? run() : this.tracing.dispatch(this.name, context, run);
  }

  #follow(callback: ChainCallback): ChainCallback {
    if (this.#followed.has(callback)) return callback;
    const followed = { ...callback, call: this.tracing.call(callback, this.name) };
    this.#followed.add(followed);
    return followed;
  }
}
