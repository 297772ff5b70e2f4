import type {
  FileInfo,
  MediaUploadLimit,
  ProfileInfo,
  RatelimitOverride,
  Requester,
  UserPresenceState,
  UserProfile,
} from "./records.js";
import type { RoomEventDict } from "./room-event.js";
import type { Denial } from "./verdict.js";

/**
 * Who may see a value that is written down: `public` everyone who operates the homeserver; `personal` says who someone
 * is, or where; `body` is what users wrote; `secret` proves who someone is, and is never written.
 *
 * @public
 */
export type PrivacyClass = "public" | "personal" | "body" | "secret";

/**
 * The class of a value with all that it holds, or the classes of its members by name. The members of a list have their
 * positions for names; `*` names all that aren't named otherwise. What isn't named at all is `body`.
 *
 * @public
 */
export type Privacy = PrivacyClass | { readonly [member: string]: Privacy };

/** The class of each member of a record. */
export type PrivacyOf<Data> = { readonly [Member in keyof Data]-?: Privacy };

export const EVENT_PRIVACY = {
  event_id: "public",
  room_id: "personal",
  type: "public",
  sender: "personal",
  state_key: "personal",
  content: "body",
  origin_server_ts: "public",
  depth: "public",
  unsigned: "body",
  hashes: "public",
  signatures: "public",
  prev_events: "public",
  auth_events: "public",
  redacts: "public",
} as const satisfies PrivacyOf<RoomEventDict>;

export const REQUESTER_PRIVACY = {
  user: "personal",
  userId: "personal",
  accessTokenId: "public",
  isGuest: "public",
  scope: "public",
  shadowBanned: "public",
  deviceId: "personal",
  appServiceId: "public",
  authenticatedEntity: "personal",
} as const satisfies PrivacyOf<Requester>;

export const PROFILE_PRIVACY = {
  displayName: "personal",
  avatarUrl: "personal",
} as const satisfies PrivacyOf<ProfileInfo>;

export const USER_PROFILE_PRIVACY = {
  user_id: "personal",
  display_name: "personal",
  avatar_url: "personal",
} as const satisfies PrivacyOf<UserProfile>;

export const PRESENCE_PRIVACY = {
  userId: "personal",
  state: "public",
  lastActiveTs: "public",
  lastFederationUpdateTs: "public",
  lastUserSyncTs: "public",
  statusMsg: "body",
  currentlyActive: "public",
} as const satisfies PrivacyOf<UserPresenceState>;

export const FILE_INFO_PRIVACY = {
  serverName: "public",
  fileId: "public",
  urlCache: "public",
  thumbnail: "public",
} as const satisfies PrivacyOf<FileInfo>;

export const UPLOAD_LIMIT_PRIVACY = {
  maxBytes: "public",
  timePeriodMs: "public",
  infoUri: "public",
  canUpgrade: "public",
} as const satisfies PrivacyOf<MediaUploadLimit>;

export const RATELIMIT_PRIVACY = {
  perSecond: "public",
  burstCount: "public",
} as const satisfies PrivacyOf<RatelimitOverride>;

/** A denial may quote what it denies. */
export const DENIAL_PRIVACY = {
  code: "public",
  error: "body",
  fields: "body",
} as const satisfies PrivacyOf<Denial>;
