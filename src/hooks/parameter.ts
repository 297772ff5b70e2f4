import type { Privacy } from "../matrix/privacy.js";
import type { RoomEvent } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";

/** One parameter of a hook, in signature order. */
export interface Parameter {
  readonly name: string;
  /** What it holds, with shape and units. */
  readonly summary: string;
  /** Who may see the value; `body` where it isn't said. No log shows what is `secret`. */
  readonly privacy?: Privacy;
  /** Finds the secrets of a value that isn't a plain object. */
  readonly secrets?: (value: never) => string[];
  /** What the value says about the question. An event says it all: the hook is about its room, its sender and its type. */
  readonly facet?: Facet;
  /** Copies the value for each callback: a callback may change its copy. */
  readonly copy?: (value: never) => unknown;
  /**
   * `event`: the event that the hook is about, always the first argument. `state`: the state of a room; the homeserver
   * may give a function that loads what callbacks look at.
   */
  readonly kind?: ParameterKind;
  /** Callbacks may change the value: it's live on purpose. */
  readonly mutable?: true;
  /** The value is usable only until the callback has answered. */
  readonly lent?: true;
}

/**
 * What a hook is about: the `room`, the `user` who acts (as an id, or in a `Requester`), or the `type` of an event or of
 * account data.
 */
export type Facet = "room" | "user" | "type";

/** The marks of special parameters. */
export type ParameterKind = "event" | "state";

type ParameterOf<Arg> = Arg extends RoomEvent
  ? Parameter & { readonly kind: "event" }
  : Arg extends StateMap<RoomEvent>
    ? Parameter & { readonly kind: "state" }
    : Parameter;

/** Parameters as many as the hook has arguments. */
export type ParametersOf<Args extends readonly unknown[]> = {
  readonly [Index in keyof Args]: ParameterOf<Args[Index]>;
};

/** The position of the parameter of a kind; -1 where there is none. */
export function positionOf(parameters: readonly Parameter[], kind: ParameterKind): number {
  return parameters.findIndex((parameter) => parameter.kind === kind);
}

/** The positions of live arguments. */
export function liveOf(parameters: readonly Parameter[]): number[] {
  return parameters.flatMap(({ mutable }, position) => (mutable ? [position] : []));
}

/** Which argument says what about the question, by position; the event if there is one. */
export function facetsOf(parameters: readonly Parameter[]): Readonly<Partial<Record<Facet, number>>> {
  const event = positionOf(parameters, "event");
  if (event >= 0) return { room: event, user: event, type: event };
  const named = parameters.flatMap(({ facet }, position) => (facet ? [[facet, position] as const] : []));
  return Object.fromEntries(named);
}
