import type { JsonValue } from "../matrix/json.js";

/**
 * A value as it was recorded: JSON, in which an object with the member `$` stands for what JSON lacks or what is withheld.
 *
 * | written | stands for |
 * | --- | --- |
 * | `{"$":"hashed","of":"h:…"}` | a string that says who or where someone is: equal ones have equal hashes, as long as the key is the same |
 * | `{"$":"left out"}` | what users wrote, or another value that isn't recorded |
 * | `{"$":"secret"}` | a password or a token; it's never recorded |
 * | `{"$":"cut"}` | what didn't fit |
 * | `{"$":"undefined"}` | nothing |
 * | `{"$":"number","of":"Infinity"}` | a number that JSON lacks |
 * | `{"$":"set","of":[…]}` | a `Set` |
 * | `{"$":"map","of":[[key,value],…]}` | a `Map` |
 * | `{"$":"uncarried","of":"a function"}` | something that only the process of then has, in words |
 * | `{"$":"object","of":{…}}` | an object that has a member `$` of its own |
 *
 * @public
 */
export type Recorded = JsonValue;

/** What `$` says in a {@link Recorded} value. @public */
export type RecordedMark =
  "hashed" | "left out" | "secret" | "cut" | "undefined" | "number" | "set" | "map" | "uncarried" | "object";

/** A call of a hook that came to a result or to an error, and all that had a part in it. One line of a record. @public */
export interface DecisionRecord {
  /** The version of the format. */
  readonly version: 1;
  /** Unique. In the order of ids, decisions are in the order in which they were made. */
  readonly id: string;
  /** When the hook was called: ISO 8601, in UTC, with milliseconds. */
  readonly time: string;
  /** `Category.hook`. */
  readonly hook: string;
  /** Whether a client of this homeserver or another homeserver caused the request, where that's known. */
  readonly origin?: "local" | "federation";
  /** The homeserver's name for the request. */
  readonly requestId?: string;
  /** What the decision is about, for those who look for it. */
  readonly about: DecisionSubject;
  /** The version of the room of the event that it's about, where that isn't 11. */
  readonly roomVersion?: string;
  /** The hook's arguments, without the context. */
  readonly args: readonly Recorded[];
  /** The hook's callbacks, in the order of the configuration; those in shadow, too. */
  readonly callbacks: readonly CallbackRecord[];
  /** What the homeserver received; absent if there was an error. */
  readonly result?: Recorded;
  /** What the homeserver was thrown. */
  readonly error?: ErrorRecord;
  /** How long it took, in milliseconds. */
  readonly ms?: number;
  /** The number of the configuration that ran, as `host.health()` has it. */
  readonly revision: number;
  /** Which key its hashes were made with. */
  readonly key?: string;
  /** What was cut because the record would have been too large: paths such as `callbacks.0.answer`. */
  readonly truncated?: readonly string[];
}

/** The room, the user who acts, and the id of the event that a decision is about. @public */
export interface DecisionSubject {
  readonly room?: Recorded;
  readonly user?: Recorded;
  readonly event?: Recorded;
}

/** Why a callback of a hook wasn't called. @public */
export type NotAsked =
  /** Its decorator names other types of events. */
  | "types"
  /** Its decorator's other options leave the question out. */
  | "options"
  /** `only`, `except` or `share` of its `operate:`. */
  | "only"
  | "except"
  | "share"
  /** Its circuit breaker was open. */
  | "circuit breaker"
  /** Its process left it out. */
  | "process"
  /** A callback before it had decided, or ended the hook by an error. */
  | "decided before";

/** What one callback had to do with a decision. @public */
export interface CallbackRecord {
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly callback: string;
  /** Whether its answer counted. */
  readonly mode: "enforce" | "shadow";
  /** Why it wasn't called; then there is no answer of its own. */
  readonly notAsked?: NotAsked;
  readonly answer?: Recorded;
  /** What it threw. What that led to is the hook's failure policy, or the administrator's. */
  readonly error?: ErrorRecord;
  /** The hook ended with this callback. */
  readonly decided?: true;
  /** In shadow: what its answer would have changed, such as `unchanged` or `refuses`. */
  readonly shadow?: string;
  /** How long it took, in milliseconds. */
  readonly ms?: number;
  /** Arguments that it changed, as they were after it, by position. */
  readonly changed?: Readonly<Record<number, Recorded>>;
  /** What services and the state of the room answered it, in the order in which it asked. */
  readonly reads?: readonly ReadRecord[];
}

/** A question of a callback to a service, or to the state of the room. @public */
export interface ReadRecord {
  /** `Rooms.getState`, say; `state` for the argument that is the state of a room. */
  readonly service: string;
  readonly args: readonly Recorded[];
  /** Absent if there was an error, or if the callback ended without waiting for it. */
  readonly answer?: Recorded;
  readonly error?: ErrorRecord;
  /** The method changes something; a replay doesn't do it again. */
  readonly acts?: true;
}

/** An error. @public */
export interface ErrorRecord {
  /** The name of its class. */
  readonly name: string;
  /** Its code, for errors of Ligand and of Node. */
  readonly code?: string;
  /** As logs show it, without what has the form of a secret. */
  readonly message: string;
  /** For a `MatrixError`. */
  readonly status?: number;
  readonly errcode?: string;
  /** `{"$":"left out"}` for a `MatrixError` that has further members of the body, or headers, for the client. */
  readonly fields?: Recorded;
  readonly headers?: Recorded;
}
