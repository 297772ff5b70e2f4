import type { RoomId, UserId } from "../matrix/identifiers.js";
import type { MediaUploadLimit } from "../matrix/records.js";

/** How often something may happen: on average, and in a burst. @public */
export interface RateLimit {
  readonly perSecond: number;
  readonly burstCount: number;
}

/** A program that acts for its own users. (Matrix specification, "Application Service API".) @public */
export interface AppService {
  readonly id: string;
  readonly token: string;
  readonly sender: UserId;
  /** Whether a user belongs exclusively to it. */
  readonly owns: (userId: UserId) => boolean;
}

/** How the homeserver behaves. @public */
export interface HomeserverSettings {
  /** Whether users may log in by `m.login.password`; true by default. */
  readonly passwordLogin: boolean;
  /** Whether users may reauthenticate by `m.login.password`; true by default. */
  readonly passwordReauthentication: boolean;
  /** Whether passwords stored by the homeserver are accepted; true by default. */
  readonly localPasswords: boolean;
  /**
   * The cost of checking a password: scrypt's N, 32768 by default, which takes 32 MiB. glibc returns that much to the system;
   * of less it keeps a part for each thread. The in-memory homeserver uses 1024.
   */
  readonly passwordCost: number;
  /** The stages a client passes to register; each list is one flow. `[["m.login.dummy"]]` by default. */
  readonly registrationFlows: readonly (readonly string[])[];
  readonly registrationNeedsApproval: boolean;
  /** How long an account is valid, in milliseconds; null, the default, for forever. */
  readonly accountValidityMs: number | null;
  /** Whether only administrators may invite. */
  readonly blockNonAdminInvites: boolean;
  /** Whether third-party identifiers are looked up at identity servers; true by default. */
  readonly threepidLookup: boolean;
  readonly inviteLimits: InviteLimits;
  /** Aliases of rooms that new users join. */
  readonly autoJoinRooms: readonly string[];
  readonly serverNoticesUser: UserId | null;
  readonly appServices: readonly AppService[];
  /** Bytes; 50 MiB by default. */
  readonly maxUploadBytes: number;
  readonly mediaUploadLimits: readonly MediaUploadLimit[];
  /** Rooms that don't count as shared between users. */
  readonly roomsWithoutPresence: readonly RoomId[];
  /** Whether an account's status tells other users that it has expired. */
  readonly accountStatusShowsExpiry: boolean;
  readonly isPresenceWriter: boolean;
  readonly backgroundUpdates: BackgroundUpdateSettings;
}

/** How often users may invite; null, the default, for no limit. @public */
export interface InviteLimits {
  /** To one room. */
  readonly perRoom: RateLimit | null;
  /** One invitee. */
  readonly perUser: RateLimit | null;
  /** By one inviter. */
  readonly perIssuer: RateLimit | null;
}

/** How background updates run where no module controls them. @public */
export interface BackgroundUpdateSettings {
  readonly sleepMs: number;
  readonly durationMs: number;
  readonly defaultBatchSize: number;
  readonly minBatchSize: number;
}

/** The default settings. @public */
export const DEFAULT_SETTINGS: HomeserverSettings = {
  passwordLogin: true,
  passwordReauthentication: true,
  localPasswords: true,
  passwordCost: 32_768,
  registrationFlows: [["m.login.dummy"]],
  registrationNeedsApproval: false,
  accountValidityMs: null,
  blockNonAdminInvites: false,
  threepidLookup: true,
  inviteLimits: { perRoom: null, perUser: null, perIssuer: null },
  autoJoinRooms: [],
  serverNoticesUser: null,
  appServices: [],
  maxUploadBytes: 50 * 1024 * 1024,
  mediaUploadLimits: [],
  roomsWithoutPresence: [],
  accountStatusShowsExpiry: false,
  isPresenceWriter: true,
  backgroundUpdates: { sleepMs: 1000, durationMs: 100, defaultBatchSize: 100, minBatchSize: 1 },
};
