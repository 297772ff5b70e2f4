import type { DeviceId, Medium, UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";

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

/** That the devices of a user, or their keys, have changed. @public */
export interface DeviceChangeRow {
  userId: UserId;
  /** Counts up with each change of anybody's devices. */
  stream: number;
}

/** A message to a device, until the device has it. @public */
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
