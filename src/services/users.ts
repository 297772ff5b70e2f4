import { NotFoundError } from "../matrix/matrix-error.js";
import { ParsedUserId, type Medium, type UserId } from "../matrix/identifiers.js";
import type { PrivacyOf } from "../matrix/privacy.js";
import type { Server } from "./server.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** An account as the homeserver stores it. @public */
export interface UserInfo {
  readonly userId: UserId;
  /** The application service that owns the account, or null. */
  readonly appServiceId: string | null;
  readonly consentServerNoticeSent: string | null;
  readonly consentVersion: string | null;
  /** Milliseconds since the epoch. */
  readonly consentTs: number | null;
  /** Null for an ordinary user; otherwise `bot`, `support` and the like. */
  readonly userType: string | null;
  /** **Seconds** since the epoch, as in Synapse. */
  readonly creationTs: number;
  readonly isAdmin: boolean;
  readonly isDeactivated: boolean;
  readonly isGuest: boolean;
  readonly isShadowBanned: boolean;
  readonly approved: boolean;
  readonly locked: boolean;
  readonly suspended: boolean;
}

/** A third-party identifier that a user has verified. @public */
export interface Threepid {
  readonly medium: Medium;
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly validatedAt: number;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
}

/** A user's connection: the latest user agent seen from an address. @public */
export interface UserIpAndAgent {
  readonly ip: string;
  readonly userAgent: string;
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
}

/** A user who was active in the requested period. @public */
export interface MonthlyActiveUser {
  /** The application service of the user; `native` for ordinary users. */
  readonly appServiceId: string;
  readonly userId: UserId;
}

const USER_INFO_PRIVACY = {
  userId: "personal",
  appServiceId: "public",
  consentServerNoticeSent: "public",
  consentVersion: "public",
  consentTs: "public",
  userType: "public",
  creationTs: "public",
  isAdmin: "public",
  isDeactivated: "public",
  isGuest: "public",
  isShadowBanned: "public",
  approved: "public",
  locked: "public",
  suspended: "public",
} as const satisfies PrivacyOf<UserInfo>;

const THREEPID_PRIVACY = {
  medium: "public",
  address: "personal",
  validatedAt: "public",
  addedAt: "public",
} as const satisfies PrivacyOf<Threepid>;

const CONNECTION_PRIVACY = {
  ip: "personal",
  userAgent: "personal",
  lastSeen: "public",
} as const satisfies PrivacyOf<UserIpAndAgent>;

const ACTIVE_USER_PRIVACY = {
  appServiceId: "public",
  userId: "personal",
} as const satisfies PrivacyOf<MonthlyActiveUser>;

/** Looks up and manages local users. @public */
export abstract class Users {
  static readonly declaration: ServiceDeclaration<Users> = {
    runsIn: "homeserver",
    methods: {
      getUserInfoById: { does: "reads", takes: ["personal"], returns: USER_INFO_PRIVACY },
      isUserAdmin: { does: "reads", takes: ["personal"], returns: "public" },
      setUserAdmin: { does: "acts", takes: ["personal", "public"], returns: "nothing" },
      checkUserExists: { does: "reads", takes: ["personal"], returns: "personal" },
      getThreepidsForUser: { does: "reads", takes: ["personal"], returns: { "*": THREEPID_PRIVACY } },
      storeRemote3pidAssociation: {
        does: "acts",
        takes: ["personal", "public", "personal", "public"],
        returns: "nothing",
      },
      getUserIpAndAgents: { does: "reads", takes: ["personal", "public"], returns: { "*": CONNECTION_PRIVACY } },
      getMonthlyActiveUsersByService: {
        does: "reads",
        takes: ["public", "public"],
        returns: { "*": ACTIVE_USER_PRIVACY },
      },
    },
  };

  protected abstract readonly server: Server;

  /** The account with exactly this id, or null. (`get_userinfo_by_id`, 1.41.) */
  abstract getUserInfoById(userId: UserId): Promise<UserInfo | null>;

  /** Whether a user administers the server; false for unknown users. (`is_user_admin`, 1.39.) */
  async isUserAdmin(userId: UserId): Promise<boolean> {
    return (await this.getUserInfoById(userId))?.isAdmin ?? false;
  }

  /**
   * Makes a user an administrator, or an ordinary user again. (`set_user_admin`, 1.56.)
   *
   * @throws {MatrixError} 400 `M_INVALID_PARAM` for a malformed id.
   * @throws {NotFoundError} for an unknown user.
   */
  async setUserAdmin(userId: UserId, admin: boolean): Promise<void> {
    ParsedUserId.fromString(userId);
    if ((await this.getUserInfoById(userId)) === null) throw new NotFoundError(`User ${userId} doesn't exist`);
    await this.storeUserAdmin(userId, admin);
  }

  /**
   * The id of an account in its canonical spelling, looked up ignoring case. Null if there is none, or if several
   * match and none exactly. (`check_user_exists`, 0.25.)
   */
  async checkUserExists(userId: UserId): Promise<UserId | null> {
    const matches = await this.findUsersIgnoringCase(userId);
    if (matches.includes(userId)) return userId;
    return matches.length === 1 ? matches[0]! : null;
  }

  /** The third-party identifiers of a user. (`get_threepids_for_user`, 1.39.) */
  abstract getThreepidsForUser(userId: UserId): Promise<readonly Threepid[]>;

  /**
   * Records that an identity server binds an address to a user, so that it can be unbound later. It contacts no server
   * and calls no hooks; calling it twice has the same effect as once. (`store_remote_3pid_association`, 1.56.)
   *
   * @param idServer host, or host and port, without a scheme.
   */
  abstract storeRemote3pidAssociation(userId: UserId, medium: Medium, address: string, idServer: string): Promise<void>;

  /**
   * A local user's connections. Empty for a malformed id and for remote users.
   * (`get_user_ip_and_agents`, 1.44.)
   *
   * @param sinceTs milliseconds since the epoch: only connections seen at this time or later.
   */
  async getUserIpAndAgents(userId: UserId, sinceTs = 0): Promise<readonly UserIpAndAgent[]> {
    if (!ParsedUserId.isValid(userId) || !this.server.isMine(userId)) return [];
    return this.readConnections(userId, sinceTs);
  }

  /**
   * The monthly active users within a period. (`get_monthly_active_users_by_service`, 1.61.)
   *
   * @param startTs @param endTs milliseconds since the epoch, both inclusive; omit one to leave that end open.
   */
  abstract getMonthlyActiveUsersByService(startTs?: number, endTs?: number): Promise<readonly MonthlyActiveUser[]>;

  /** Stores the flag of an existing account, and invalidates what other processes have cached of the account. */
  protected abstract storeUserAdmin(userId: UserId, admin: boolean): Promise<void>;

  /** The ids of all accounts that differ from the given id only in case. */
  protected abstract findUsersIgnoringCase(userId: UserId): Promise<readonly UserId[]>;

  /** One entry for each access token and address, without the tokens. */
  protected abstract readConnections(userId: UserId, sinceTs: number): Promise<readonly UserIpAndAgent[]>;
}
