import type { ChainCallback } from "../hooks/contribution.js";
import type { Durations } from "./durations.js";

/** What a callback is recognised by. */
export type Counted = Pick<ChainCallback, "module" | "method" | "shadow">;

/** What a callback has come to, as long as its chain exists: exchanging callbacks doesn't reset it. */
export class Counters {
  /** Calls counted by meters of the past. */
  before = 0;
  /** How many dispatches reached the callback after they had waited. */
  later = 0;
  /** How often the callback answered that it isn't asked. */
  notAsked = 0;
  failures = 0;
  /** How many of the failures were time-outs. */
  timeouts = 0;
  /** Absent until a call has been timed. */
  durations: Durations | undefined = undefined;
  /** The most time that a call had before it was given up, in milliseconds; absent until one was. */
  longestGivenUpMs: number | undefined = undefined;
  /** How often a call in shadow came to what. */
  shadow: Map<string, number> | undefined = undefined;
}

/** The counts of one callback: every call, and the durations of timed ones. */
export interface CallbackMetrics extends Readonly<Omit<Counters, "before" | "later">> {
  readonly calls: number;
}

/** What a callback is recognised by when callbacks are exchanged. A method may be registered several times. */
export function identities(callbacks: readonly Counted[]): string[] {
  const times = new Map<string, number>();
  return callbacks.map(({ module, method, shadow }) => {
    const name = `${module.id} ${String(method)}${shadow ? " in shadow" : ""}`;
    const time = (times.get(name) ?? 0) + 1;
    times.set(name, time);
    return `${name} ${time}`;
  });
}
