import type { DeviceId, EventId, RoomId, UserId } from "../matrix/identifiers.js";
import type { InternalMetadata, RoomEventDict } from "../matrix/room-event.js";

// All times are milliseconds since the epoch.

/** A room. @public */
export interface RoomRow {
  roomId: RoomId;
  version: string;
  creator: UserId;
  isPublic: boolean;
  isBlocked: boolean;
  /** The event that new events follow; null in a room without events. */
  lastEventId: EventId | null;
  depth: number;
}

/** An event, with its place in the order of all events. @public */
export interface EventRow {
  eventId: EventId;
  roomId: RoomId;
  /** Increases over all rooms. */
  streamOrdering: number;
  dict: RoomEventDict;
  roomVersion: string;
  internalMetadata: InternalMetadata;
}

/** One entry of the current state of a room. @public */
export interface StateRow {
  roomId: RoomId;
  type: string;
  stateKey: string;
  eventId: EventId;
}

/** Records that a device has sent an event, with its transaction id. @public */
export interface TransactionRow {
  userId: UserId;
  /** Empty if the token has no device. */
  deviceId: DeviceId | "";
  roomId: RoomId;
  txnId: string;
  eventId: EventId;
}

/** An alias of a room. @public */
export interface AliasRow {
  alias: string;
  roomId: RoomId;
  creator: UserId;
}

/** How far a user has read in a room. @public */
export interface ReceiptRow {
  roomId: RoomId;
  userId: UserId;
  type: "m.read" | "m.read.private";
  /** Empty for a receipt that holds for the whole room. */
  threadId: string;
  eventId: EventId;
  ts: number;
  /** Increases with each change of any user's receipts. */
  stream: number;
}

/** Who is typing in a room. @public */
export interface TypingRow {
  roomId: RoomId;
  userId: UserId;
  /** 0 for a user who has stopped. */
  untilTs: number;
  /** Increases with each change of any user's typing. */
  stream: number;
}

/** Records that a user has forgotten a room. @public */
export interface ForgottenRow {
  userId: UserId;
  roomId: RoomId;
  /** The membership with which the user had left the room; any other one cancels this. */
  eventId: EventId;
}
