import { AsyncLocalStorage } from "node:async_hooks";
import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { positionOf } from "../hooks/parameter.js";
import type { ReadingCall } from "../dispatch/recorded-dispatch.js";
import { EVENT_PRIVACY } from "../matrix/privacy.js";
import { StateMap, watchState } from "../matrix/state-map.js";
import { ReadNote, type ReadKind } from "./read-note.js";

/** Where the questions of the callback that runs are noted, across awaits; undefined for code that no callback runs. */
export const asking = new AsyncLocalStorage<unknown[]>();

/** So many questions of a callback are noted. */
export const MOST_READS = 1000;

/** Notes a question. @returns undefined where there are too many */
export function noteRead(reads: unknown[], kind: ReadKind, args: readonly unknown[]): ReadNote | undefined {
  if (reads.length >= MOST_READS) return undefined;
  const note = new ReadNote(kind, args);
  reads.push(note);
  return note;
}

/**
 * How a callback is called so that what it asks is noted; undefined where it can ask nothing.
 *
 * @param asksServices whether its module has services
 */
export function readingOf(
  { call, interest }: ChainCallback,
  { parameters }: AnyHook,
  asksServices: boolean,
): ReadingCall | undefined {
  const position = positionOf(parameters, "state");
  const hasState = position >= 0 && interest.parameters > position && interest.state?.length !== 0;
  if (!hasState && !asksServices) return undefined;
  return (reads, args) => {
    const state = hasState ? args[position] : undefined;
    const given = state instanceof StateMap ? args.with(position, watchedState(state, reads)) : args;
    return asksServices ? asking.run(reads, () => call(...given)) : call(...given);
  };
}

/** How what is read of the state of the room is recorded. */
export const STATE: ReadKind = {
  service: "state",
  takes: ["public", "personal"],
  returns: EVENT_PRIVACY,
  acts: false,
};
const STATES: ReadKind = { ...STATE, returns: { "*": EVENT_PRIVACY } };

/** The same state, which notes what is read of it: each event once. */
function watchedState(state: StateMap<unknown>, reads: unknown[]): StateMap<unknown> {
  const known = new Set<string>();
  return watchState(state, (value, ...key) => {
    const name = JSON.stringify(key);
    if (known.has(name)) return;
    known.add(name);
    noteRead(reads, key.length === 2 ? STATE : STATES, key)?.answered(value);
  });
}
