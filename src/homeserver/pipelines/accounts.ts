import type { Logger } from "winston";
import type { Hooks } from "../../catalogue/index.js";
import type { EmailThreepid, RequestInfo } from "../../catalogue/spam-checker.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { DeviceId, UserId } from "../../matrix/identifiers.js";
import { MatrixError, NotFoundError } from "../../matrix/matrix-error.js";
import { RegistrationBehaviour } from "../../matrix/records.js";
import { checkUsername, type UsernameRules } from "../../services/check-username.js";
import type { Clock } from "../../services/clock.js";
import type { Server } from "../../services/server.js";
import { asServer } from "../caller.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import { hashPassword } from "../passwords.js";
import type { UserRow } from "../account-rows.js";
import type { Storage } from "../storage.js";
import type { Memberships } from "./memberships.js";
import type { Sessions } from "./sessions.js";
import type { Threepids } from "./threepids.js";

/** The details of a new account. @public */
export interface NewAccount {
  /** Null to let the server choose. */
  readonly localpart: string | null;
  readonly password?: string;
  /** The localpart by default. */
  readonly displayname?: string;
  /** Addresses that have been verified, or count as verified. */
  readonly emails?: readonly string[];
  readonly isAdmin?: boolean;
  readonly isGuest?: boolean;
  readonly appServiceId?: string;
  readonly userType?: string;
  /** For the spam checkers: the e-mail address that the client has verified. */
  readonly emailThreepid?: EmailThreepid;
  readonly requestInfo?: readonly RequestInfo[];
  /** The identity provider of a single sign-on. */
  readonly authProviderId?: string;
}

/** Creates accounts, whichever way they come. @public */
export class Accounts {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker" | "accountValidity">;
      readonly storage: Pick<Storage, "users" | "profiles" | "devices" | "tokens" | "next" | "transact">;
      readonly settings: Pick<
        HomeserverSettings,
        "passwordCost" | "registrationNeedsApproval" | "accountValidityMs" | "autoJoinRooms"
      >;
      readonly clock: Clock;
      readonly server: Server;
      readonly logger: Logger;
      readonly usernames: UsernameRules;
      readonly sessions: Sessions;
      readonly memberships: Memberships;
      readonly threepids: Threepids;
    },
  ) {}

  /**
   * Creates an account. The order: `checkRegistrationForSpam` (not for application services), the name, the account;
   * then `onUserRegistration`, the rooms that new users join, and the addresses with their hooks.
   *
   * @throws {MatrixError} 429 `M_UNKNOWN` when a spam checker denies; 400 for an unusable name.
   */
  async create(account: NewAccount, context?: HookContext): Promise<UserId> {
    const { hooks, server, storage } = this.parts;
    const behaviour = await this.#askSpamCheckers(account, context);
    if (behaviour === RegistrationBehaviour.DENY) throw new MatrixError(429, "Rate limited");

    const localpart = account.localpart ?? (await this.#freeLocalpart());
    if (account.localpart !== null) await checkUsername(localpart, this.parts.usernames);
    const userId: UserId = `@${localpart}:${server.serverName}`;
    await this.#store(userId, account, behaviour === RegistrationBehaviour.SHADOW_BAN);
    const displayName = account.displayname ?? localpart;
    await storage.profiles.put({ userId, displayName, avatarUrl: null, custom: {} });

    await hooks.accountValidity.onUserRegistration(userId, context);
    await this.#joinRooms(userId, context);
    for (const address of account.emails ?? []) {
      await this.parts.threepids.add(userId, "email", address, context);
    }
    return userId;
  }

  /** Changes a password and ends all sessions but one, with `onLoggedOut` for each. */
  async changePassword(userId: UserId, password: string, keptDevice: DeviceId, context?: HookContext): Promise<void> {
    const { storage, settings, sessions } = this.parts;
    const user = await storage.users.get({ userId });
    if (!user) throw new NotFoundError(`User ${userId} has no account`);
    await storage.users.put({ ...user, passwordHash: await hashPassword(password, settings.passwordCost) });
    const devices = (await storage.devices.find({ userId })).map(({ deviceId }) => deviceId);
    await sessions.deleteDevices(
      userId,
      devices.filter((deviceId) => deviceId !== keptDevice),
      context,
    );
    for (const { token, deviceId } of await storage.tokens.find({ userId })) {
      if (deviceId === null) await sessions.deleteToken(token, context);
    }
  }

  async #askSpamCheckers(account: NewAccount, context?: HookContext): Promise<RegistrationBehaviour> {
    if (account.appServiceId !== undefined) return RegistrationBehaviour.ALLOW;
    return this.parts.hooks.spamChecker.checkRegistrationForSpam(
      account.emailThreepid ?? null,
      account.localpart,
      account.requestInfo ?? [],
      account.authProviderId ?? null,
      context,
    );
  }

  async #store(userId: UserId, account: NewAccount, isShadowBanned: boolean): Promise<void> {
    const { storage, clock, settings } = this.parts;
    const now = clock.nowMs();
    const row: UserRow = {
      userId,
      passwordHash: account.password === undefined ? null : await hashPassword(account.password, settings.passwordCost),
      creationTs: now,
      isAdmin: account.isAdmin ?? false,
      isGuest: account.isGuest ?? false,
      isDeactivated: false,
      isShadowBanned,
      approved: !settings.registrationNeedsApproval,
      locked: false,
      suspended: false,
      appServiceId: account.appServiceId ?? null,
      userType: account.userType ?? null,
      expiresTs: settings.accountValidityMs === null ? null : now + settings.accountValidityMs,
    };
    // Another request may have taken the name since it was checked.
    await storage.transact(async ({ users }) => {
      if (await users.get({ userId })) throw new MatrixError(400, "The user name is taken", Codes.USER_IN_USE);
      await users.put(row);
    });
  }

  /** If a room can't be joined, the registration still succeeds. */
  async #joinRooms(userId: UserId, context?: HookContext): Promise<void> {
    const { settings, server, memberships, logger } = this.parts;
    for (const alias of settings.autoJoinRooms) {
      try {
        await memberships.join(asServer(server.serverName, userId, context), alias);
      } catch (error) {
        if (!(error instanceof MatrixError)) throw error;
        logger.warn(`New user ${userId} can't join ${alias}`, { error });
      }
    }
  }

  async #freeLocalpart(): Promise<string> {
    const { storage, server } = this.parts;
    for (;;) {
      const localpart = String(await storage.next("localparts"));
      if (!(await storage.users.get({ userId: `@${localpart}:${server.serverName}` }))) return localpart;
    }
  }

  /**
   * Refuses a user who may not log in. A module that authenticates users must create their accounts first.
   *
   * @throws {MatrixError} 404 without an account, 403 `M_USER_DEACTIVATED`, 401 `M_USER_LOCKED`, or 403 while the
   *   account awaits approval.
   */
  async requireActive(userId: UserId): Promise<void> {
    const user = await this.parts.storage.users.get({ userId });
    if (!user) throw new NotFoundError(`User ${userId} has no account`);
    if (user.isDeactivated) throw new MatrixError(403, "This account is deactivated", Codes.USER_DEACTIVATED);
    if (user.locked) throw new MatrixError(401, "This account is locked", Codes.USER_LOCKED);
    if (!user.approved) throw new MatrixError(403, "This account awaits approval", Codes.USER_AWAITING_APPROVAL);
  }
}
