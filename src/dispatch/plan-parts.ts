import type { HookContext } from "../hooks/context.js";
import type { Judge } from "./judge.js";
import type { Meter } from "./meter.js";
import type { Watched } from "./watchdog.js";

/** What a dispatch that waits needs of its plan. */
export interface PlanParts<State, Result> {
  readonly reports: { readonly pending: Watched["report"] };
  readonly judge: Pick<Judge<State, Result>, "answered" | "failed">;
  readonly meter: Meter;
  readonly pass: unknown;
  readonly first: number;
  /** The position of the last callback, if a dispatch that waits for it needs no arguments any more; -1 if it does. */
  readonly last: number;
  done(state: State): Result;
  /** Whether the request is cancelled, and that ends a dispatch of the hook. */
  isCancelled(context: HookContext): boolean;
}
