import type { RoomEvent } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";

/** One parameter of a hook, in the order of the signature. */
export interface Parameter {
  readonly name: string;
  /** What it holds, its shape and units. */
  readonly summary: string;
  /** The value holds what no log may show, such as a password: all its strings, or those that the function finds. */
  readonly secret?: true | ((value: never) => readonly string[]);
  /** Copies the value for each callback: a callback may change its copy. */
  readonly copy?: (value: never) => unknown;
  /**
   * `event`: the event that the hook is about, always the first argument. `state`: the state of a room; the homeserver
   * may give a function that loads what callbacks look at.
   */
  readonly kind?: ParameterKind;
  /** What callbacks change in the value counts: it is live, on purpose. */
  readonly mutable?: true;
}

/** What sets some parameters apart, wherever they stand. */
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
