import {
  resolveSelection,
  unionOfSelections,
  type SelectingEvent,
  type StateSelection,
} from "../matrix/state-selection.js";
import type { Interest } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import { positionOf } from "./parameter.js";

/** What the callbacks called for an event look at together. */
export interface Wanted {
  /** Whether any callback is called. */
  readonly isAsked: boolean;
  /** How many of the hook's arguments, from the first. */
  readonly parameters: number;
  /** Which part of the state; null for the whole, `[]` for none. */
  readonly state: StateSelection | null;
}

/**
 * What the callbacks of a hook look at, by the type of the event that they're asked about. Only the types that
 * decorators name make a difference, so every answer is made in advance: a dispatch looks one up.
 */
export class WantedArguments {
  readonly #named: ReadonlyMap<string, Wanted>;
  readonly #others: Wanted;
  readonly #isAboutEvent: boolean;

  constructor({ parameters }: Pick<AnyHook, "parameters">, interests: readonly Interest[]) {
    this.#isAboutEvent = positionOf(parameters, "event") === 0;
    const named = interests.flatMap(({ types }) => types ?? []);
    // By the event's type it's found out which callbacks to ask, even if none of them looks at the event.
    const least = interests.some(({ types }) => types !== null) ? 1 : 0;
    this.#others = union(
      interests.filter(({ types }) => types === null),
      least,
    );
    this.#named = new Map(
      named.map((type) => [
        type,
        union(
          interests.filter(({ types }) => types === null || types.includes(type)),
          least,
        ),
      ]),
    );
  }

  /** What is wanted for an event. Hooks that aren't about one want the same whatever they're asked. */
  about(firstArgument: unknown): Wanted {
    if (!this.#isAboutEvent || this.#named.size === 0) return this.#others;
    const type = (firstArgument as { readonly type: string } | null | undefined)?.type;
    return (type !== undefined && this.#named.get(type)) || this.#others;
  }

  /** Which part of the state is wanted for an event, whose own keys stand in it; null for the whole, `[]` for none. */
  stateAbout(firstArgument: unknown): StateSelection | null {
    const { state } = this.about(firstArgument);
    if (state === null || !this.#isAboutEvent) return state;
    const resolved = resolveSelection(state, firstArgument as SelectingEvent);
    // An event's own key may be one that is wanted anyway.
    return resolved === state ? state : unionOfSelections([resolved]);
  }
}

function union(interests: readonly Interest[], least: number): Wanted {
  return {
    isAsked: interests.length > 0,
    parameters: Math.max(least, ...interests.map(({ parameters }) => parameters)),
    state: unionOfSelections(interests.map(({ state }) => state)),
  };
}
