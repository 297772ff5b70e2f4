import { brand } from "../errors/brand.js";
import type { EventId, RoomId, UserId } from "./identifiers.js";
import {
  copyJson,
  deepFreeze,
  freezeJson,
  frozenCopy,
  type DeepReadonly,
  type JsonObject,
  type JsonValue,
} from "./json.js";
import { roomVersionOf } from "./room-versions.js";

/** What a homeserver knows about an event beyond the event itself. It never goes over the wire. @public */
export interface InternalMetadata {
  readonly outlier?: boolean;
  readonly softFailed?: boolean;
  readonly spamCheckerSpammy?: boolean;
  readonly policyServerSpammy?: boolean;
  readonly txnId?: string;
  readonly deviceId?: string;
  readonly tokenId?: number;
  readonly streamOrdering?: number;
  readonly outOfBandMembership?: boolean;
  readonly sendOnBehalfOf?: UserId;
  readonly redactedBy?: EventId;
}

/**
 * Another event, as an event names it: by its id, in rooms of versions 1 and 2 by a pair of its id and its hashes.
 *
 * @public
 */
export type EventReference = EventId | [eventId: EventId, hashes: JsonObject];

/** An event in wire form. (Matrix specification, "Room event format".) @public */
export interface RoomEventDict {
  event_id?: EventId;
  /** A homeserver leaves it out of the create event of a room of version 12 or later. */
  room_id: RoomId;
  type: string;
  sender: UserId;
  state_key?: string;
  content: JsonObject;
  /** Milliseconds since the epoch. */
  origin_server_ts?: number;
  depth?: number;
  unsigned?: JsonObject;
  hashes?: JsonObject;
  signatures?: JsonObject;
  prev_events?: EventReference[];
  auth_events?: EventReference[];
  /** In rooms of version 11 and later it is in the content. */
  redacts?: EventId;
}

/** What a homeserver passes along with an event for callbacks. @public */
export interface RoomEventOptions {
  /** The version of the room; `"11"` by default. */
  readonly roomVersion?: string;
  readonly internalMetadata?: InternalMetadata;
  /** Why the authorisation rules rejected the event; absent when they didn't. */
  readonly rejectedReason?: string;
}

/** The wire form of an event, read-only and not copied: for code that only serialises it. */
export let wireFormOf: (event: RoomEvent) => DeepReadonly<JsonObject>;

/** What comes with an event whose dictionary was parsed for it: that is frozen instead of copied. */
export class ParsedEventOptions implements RoomEventOptions {
  declare readonly rejectedReason?: string;

  constructor(
    readonly roomVersion: string,
    readonly internalMetadata: InternalMetadata,
    rejectedReason: string | null,
  ) {
    if (rejectedReason !== null) this.rejectedReason = rejectedReason;
  }
}

/**
 * A room event as callbacks see it: deeply immutable. Assigning to it, or into its content, throws a `TypeError`. To
 * change an event, take {@link RoomEvent.getDict} and return the changed copy, where the hook allows it.
 * (`EventBase` in Synapse.)
 *
 * @public
 */
export class RoomEvent {
  static {
    brand(this, "RoomEvent");
    wireFormOf = (event) => {
      // An event of another copy of Ligand only shows its entries.
      const isOwn: boolean = #dict in event;
      return (isOwn ? event.#dict : Object.fromEntries(event.items())) as DeepReadonly<JsonObject>;
    };
  }

  readonly eventId: EventId;
  /** Of the create event of a room of version 12 or later, too: there the id of the room is made of that of the event. */
  readonly roomId: RoomId;
  readonly type: string;
  readonly sender: UserId;
  /** Present only on state events. */
  readonly stateKey?: string;
  readonly content: DeepReadonly<JsonObject>;
  /** Milliseconds since the epoch. */
  readonly originServerTs: number;
  readonly depth: number;
  readonly unsigned: DeepReadonly<JsonObject>;
  readonly hashes: DeepReadonly<JsonObject>;
  readonly signatures: DeepReadonly<JsonObject>;
  /** The event that a redaction is about, wherever the version of the room has it. */
  readonly redacts?: EventId;
  readonly internalMetadata: InternalMetadata;
  readonly roomVersion: string;
  readonly rejectedReason?: string;
  readonly #dict: RoomEventDict;

  /** Copies the dictionary: later changes to it don't reach the event. */
  constructor(dict: RoomEventDict, options: RoomEventOptions = {}) {
    const copy = (options instanceof ParsedEventOptions ? freezeJson(dict) : frozenCopy(dict)) as RoomEventDict;
    this.#dict = copy;
    this.eventId = copy.event_id ?? "$";
    this.roomId = (copy as Partial<RoomEventDict>).room_id ?? `!${this.eventId.slice(1)}`;
    this.type = copy.type;
    this.sender = copy.sender;
    if (copy.state_key !== undefined) this.stateKey = copy.state_key;
    this.content = deepFreeze(copy.content);
    this.originServerTs = copy.origin_server_ts ?? 0;
    this.depth = copy.depth ?? 0;
    this.unsigned = deepFreeze(copy.unsigned ?? {});
    this.hashes = deepFreeze(copy.hashes ?? {});
    this.signatures = deepFreeze(copy.signatures ?? {});
    this.roomVersion = options.roomVersion ?? "11";
    const redacts = roomVersionOf(this.roomVersion).redactsInContent ? copy.content.redacts : copy.redacts;
    if (typeof redacts === "string") this.redacts = redacts as EventId;
    this.internalMetadata = Object.freeze({ ...options.internalMetadata });
    if (options.rejectedReason !== undefined) this.rejectedReason = options.rejectedReason;
    Object.freeze(this);
  }

  /** The `membership` of a membership event; `undefined` if the content has none. */
  get membership(): string | undefined {
    const { membership } = this.content;
    return typeof membership === "string" ? membership : undefined;
  }

  isState(): boolean {
    return this.stateKey !== undefined;
  }

  /** The state key, or null for an event that isn't a state event. */
  getStateKey(): string | null {
    return this.stateKey ?? null;
  }

  /** A fresh, mutable copy in wire form: the way to build a replacement. */
  getDict(): RoomEventDict {
    return copyJson(this.#dict);
  }

  /** The value of a key of the wire form, read-only; `fallback` if the event doesn't have it. */
  get<Fallback = undefined>(key: string, fallback?: Fallback): DeepReadonly<JsonValue> | Fallback {
    const value = (this.#dict as unknown as Partial<Record<string, DeepReadonly<JsonValue>>>)[key];
    return value === undefined ? (fallback as Fallback) : value;
  }

  /** The keys of the wire form that the event has. */
  keys(): string[] {
    return Object.keys(this.#dict);
  }

  /** The entries of the wire form, read-only. */
  items(): [key: string, value: DeepReadonly<JsonValue>][] {
    return Object.entries(this.#dict) as [string, DeepReadonly<JsonValue>][];
  }

  /** The ids of the events that it follows. */
  prevEventIds(): readonly EventId[] {
    return idsOf(this.#dict.prev_events);
  }

  /**
   * The ids of the events that allow it. In rooms of version 12 and later the create event is one of them, though the
   * wire form does not name it.
   */
  authEventIds(): readonly EventId[] {
    return authEventIdsOf(this, this.#dict.auth_events);
  }

  /** An equal event that shares nothing with this one. */
  deepCopy(): RoomEvent {
    return new RoomEvent(this.#dict, {
      roomVersion: this.roomVersion,
      internalMetadata: this.internalMetadata,
      ...(this.rejectedReason !== undefined && { rejectedReason: this.rejectedReason }),
    });
  }

  /** @deprecated Use {@link RoomEvent.eventId}. */
  get event_id(): EventId {
    return this.eventId;
  }

  /** @deprecated Use {@link RoomEvent.roomId}. */
  get room_id(): RoomId {
    return this.roomId;
  }

  /** @deprecated Use {@link RoomEvent.stateKey}. */
  get state_key(): string | undefined {
    return this.stateKey;
  }

  /** @deprecated Use {@link RoomEvent.sender}. */
  get user_id(): UserId {
    return this.sender;
  }

  /** @deprecated Use {@link RoomEvent.originServerTs}. */
  get origin_server_ts(): number {
    return this.originServerTs;
  }
}

/** As {@link RoomEvent.authEventIds}. @param named those that the wire form names */
export function authEventIdsOf(
  { type, stateKey, roomVersion, roomId }: RoomEvent,
  named: readonly EventReference[] | undefined,
): readonly EventId[] {
  const ids = idsOf(named);
  const isFirst = type === "m.room.create" && stateKey === "";
  return isFirst || roomVersionOf(roomVersion).roomIds === "named" ? ids : [...ids, `$${roomId.slice(1)}`];
}

/** The ids of the events that an event names. */
export function idsOf(references: readonly EventReference[] | undefined): readonly EventId[] {
  return (references ?? []).map((reference) => (Array.isArray(reference) ? reference[0] : reference));
}
