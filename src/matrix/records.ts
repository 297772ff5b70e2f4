import type { DeviceId, ParsedUserId, UserId } from "./identifiers.js";

/** Who makes a request. @public */
export interface Requester {
  readonly user: ParsedUserId;
  readonly userId: UserId;
  readonly accessTokenId: number | null;
  readonly isGuest: boolean;
  readonly scope: ReadonlySet<string>;
  readonly shadowBanned: boolean;
  readonly deviceId: DeviceId | null;
  readonly appServiceId: string | null;
  /** Differs from `user` when an administrator or the server itself acts on the user's behalf. */
  readonly authenticatedEntity: string;
}

/** The profile of a user, without custom fields. @public */
export interface ProfileInfo {
  readonly displayName: string | null;
  readonly avatarUrl: string | null;
}

/** A user as the user directory shows them. Each callback receives its own copy. @public */
export interface UserProfile {
  user_id: UserId;
  display_name: string | null;
  avatar_url: string | null;
}

/** Whether a user is online. (Matrix specification, "Presence"; `busy` is an unstable extension.) @public */
export type PresenceState = "online" | "offline" | "unavailable" | "org.matrix.msc3026.busy";

/** The presence of one user. Two states with equal members are the same state. @public */
export interface UserPresenceState {
  readonly userId: UserId;
  readonly state: PresenceState;
  /** Milliseconds since the epoch, like all timestamps here; 0 for never. */
  readonly lastActiveTs: number;
  readonly lastFederationUpdateTs: number;
  readonly lastUserSyncTs: number;
  readonly statusMsg: string | null;
  readonly currentlyActive: boolean;
}

/** A presence router's answer: this user may see everyone's presence. @public */
export const PRESENCE_ALL_USERS: "ALL" = "ALL";
/** The type of {@link PRESENCE_ALL_USERS}. @public */
export type PresenceAllUsers = typeof PRESENCE_ALL_USERS;

/** The size and kind of a thumbnail. @public */
export interface ThumbnailInfo {
  readonly width: number;
  readonly height: number;
  readonly method: string;
  readonly type: string;
  /** Bytes. */
  readonly length: number;
}

/** What's known about a media file. @public */
export interface FileInfo {
  /** Null for local media. */
  readonly serverName: string | null;
  readonly fileId: string;
  /** Whether the file belongs to a URL preview. */
  readonly urlCache: boolean;
  /** Null when the file isn't a thumbnail. */
  readonly thumbnail: ThumbnailInfo | null;
}

/** A media file with readable bytes. @public */
export interface ReadableFile {
  readonly path: string;
  /** Calls `write` with the content in chunks of 16 KiB, and yields to the event loop after each. */
  writeChunksTo(write: (chunk: Uint8Array) => void): Promise<void>;
}

/** What to do with a registration. @public */
export const RegistrationBehaviour = {
  ALLOW: "allow",
  /** The account is created, but what it does is hidden from all other users. */
  SHADOW_BAN: "shadow_ban",
  DENY: "deny",
} as const;
/** A decision about a registration. @public */
export type RegistrationBehaviour = (typeof RegistrationBehaviour)[keyof typeof RegistrationBehaviour];

/** How much a user may upload in a period. @public */
export interface MediaUploadLimit {
  readonly maxBytes: number;
  readonly timePeriodMs: number;
  /** Where a user reads about the limit; the homeserver's own page by default. */
  readonly infoUri?: string | null;
  /** Whether the user can get a higher limit, for example by paying; false by default. */
  readonly canUpgrade?: boolean;
}

/** A rate that replaces the configured one. `perSecond: 0` means unlimited. @public */
export interface RatelimitOverride {
  readonly perSecond: number;
  readonly burstCount: number;
}

/** The body of a successful login; success callbacks may change it. @public */
export interface LoginResponse {
  user_id: UserId;
  access_token: string;
  home_server: string;
  device_id: DeviceId;
  expires_in_ms?: number;
  refresh_token?: string;
  well_known?: Record<string, unknown>;
}
