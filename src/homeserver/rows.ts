import type { DeviceId, EventId, Medium, RoomId, UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import type { PresenceState } from "../matrix/records.js";
import type { InternalMetadata, RoomEventDict } from "../matrix/room-event.js";
import type { PushRuleAction, PushRuleKind } from "../services/push-rules.js";

// All times are milliseconds since the epoch.

/** An account. @public */
export interface UserRow {
  userId: UserId;
  /** Salt and scrypt hash; null for an account without a password. */
  passwordHash: string | null;
  creationTs: number;
  isAdmin: boolean;
  isGuest: boolean;
  isDeactivated: boolean;
  isShadowBanned: boolean;
  approved: boolean;
  locked: boolean;
  suspended: boolean;
  appServiceId: string | null;
  userType: string | null;
  /** When the built-in account validity ends; null for never. */
  expiresTs: number | null;
}

/** A profile, with its custom fields. @public */
export interface ProfileRow {
  userId: UserId;
  displayName: string | null;
  avatarUrl: string | null;
  custom: JsonObject;
}

/** A third-party identifier that belongs to an account. @public */
export interface ThreepidRow {
  medium: Medium;
  address: string;
  userId: UserId;
  validatedAt: number;
  addedAt: number;
}

/** Records that an identity server binds an address to a user. @public */
export interface IdentityBindingRow {
  userId: UserId;
  medium: Medium;
  address: string;
  idServer: string;
}

/** A session in which a client verifies a third-party identifier. @public */
export interface ValidationRow {
  sid: string;
  clientSecret: string;
  medium: Medium;
  address: string;
  token: string;
  validatedAt: number | null;
}

/** A device of a user. @public */
export interface DeviceRow {
  userId: UserId;
  deviceId: DeviceId;
  displayName: string | null;
}

/** What a device has uploaded for encryption. @public */
export interface DeviceKeysRow {
  userId: UserId;
  deviceId: DeviceId;
  /** Null until the device has uploaded any. */
  keys: JsonObject | null;
  /** Unclaimed keys, by algorithm and name: `signed_curve25519:AAAAHg`. */
  oneTimeKeys: JsonObject;
  /** Given to those who claim a key when there is no other. */
  fallbackKeys?: JsonObject;
}

/** That the devices of a user, or their keys, have changed. */
export interface DeviceChangeRow {
  userId: UserId;
  /** Counts up with each change of anybody's devices. */
  stream: number;
}

/** A message to a device, until the device has it. */
export interface ToDeviceRow {
  userId: UserId;
  deviceId: DeviceId;
  messageId: string;
  type: string;
  sender: UserId;
  content: JsonObject;
  /** Counts up with each message to any device. */
  stream: number;
}

/** An access token. @public */
export interface TokenRow {
  token: string;
  id: number;
  userId: UserId;
  deviceId: DeviceId | null;
  validUntilMs: number | null;
}

/** A token for `m.login.token`; it can be used once. @public */
export interface LoginTokenRow {
  token: string;
  userId: UserId;
  validUntilMs: number;
  authProviderId: string | null;
}

/** A token that renews an account once. @public */
export interface RenewalRow {
  token: string;
  userId: UserId;
  isUsed: boolean;
}

/** An identity at a single sign-on service. @public */
export interface ExternalIdRow {
  authProviderId: string;
  externalId: string;
  userId: UserId;
}

/** The address and user agent that last used a token. @public */
export interface ConnectionRow {
  token: string;
  ip: string;
  userId: UserId;
  userAgent: string;
  lastSeen: number;
}

/** A client in the middle of user-interactive authentication. @public */
export interface AuthSessionRow {
  session: string;
  /** What was verified, by stage. */
  results: JsonObject;
  /** The body of the first request. */
  params: JsonObject;
  /** Pairs of user agent and IP address. */
  requestInfo: [string | null, string][];
  /** The account that the session created. */
  createdUserId: UserId | null;
}

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

/** Account data of a user, global or of a room. @public */
export interface AccountDataRow {
  userId: UserId;
  /** Empty for global data. */
  roomId: RoomId | "";
  type: string;
  content: JsonObject;
  /** Increases with each change of any user's data. */
  stream: number;
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

/** A filter: what a client wants to receive. @public */
export interface FilterRow {
  userId: UserId;
  filterId: string;
  filter: JsonObject;
}

/** A push rule's actions, where a user changed them. @public */
export interface PushRuleRow {
  userId: UserId;
  kind: PushRuleKind;
  ruleId: string;
  actions: PushRuleAction[];
}

/** A pusher that a client registered. @public */
export interface PusherRow {
  userId: UserId;
  appId: string;
  pushKey: string;
  pushKeyTs: number;
  deviceId: DeviceId | null;
  url: string;
  data: JsonObject;
  /** What the client calls itself and the device, for people, as in the specification. */
  names?: JsonObject;
}

/** What is known of the presence of a user. @public */
export interface PresenceRow {
  userId: UserId;
  state: PresenceState;
  lastActiveTs: number;
  lastFederationUpdateTs: number;
  lastUserSyncTs: number;
  statusMsg: string | null;
  currentlyActive: boolean;
  /** Increases with each change of any user's presence. */
  stream: number;
}

/** A file that a user uploaded. @public */
export interface MediaRow {
  mediaId: string;
  userId: UserId;
  content: Uint8Array;
  contentType: string;
  name: string | null;
  createdTs: number;
}
