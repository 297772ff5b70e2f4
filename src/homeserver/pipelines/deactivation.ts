import type { Logger } from "winston";
import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { UserId } from "../../matrix/identifiers.js";
import { MatrixError, NotFoundError } from "../../matrix/matrix-error.js";
import type { Server } from "../../services/server.js";
import { asServer } from "../caller.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import { hashPassword } from "../passwords.js";
import type { Storage } from "../storage.js";
import type { AccountDataWriter } from "./account-data-writer.js";
import type { EventStore } from "./event-store.js";
import type { Memberships } from "./memberships.js";
import type { ProfileChanges } from "./profile-changes.js";
import type { Sessions } from "./sessions.js";
import type { Threepids } from "./threepids.js";

/** How an account is deactivated. @public */
export interface DeactivationOptions {
  readonly byAdmin: boolean;
  /** Whether to erase the profile, too. */
  readonly erase?: boolean;
  readonly context?: HookContext | undefined;
}

/** Deactivates and reactivates accounts. @public */
export class Deactivation {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "thirdPartyRules">;
      readonly storage: Pick<Storage, "users" | "threepids">;
      readonly settings: Pick<HomeserverSettings, "passwordCost">;
      readonly server: Server;
      readonly logger: Logger;
      readonly store: EventStore;
      readonly sessions: Sessions;
      readonly memberships: Memberships;
      readonly threepids: Threepids;
      readonly profileChanges: ProfileChanges;
      readonly accountData: AccountDataWriter;
    },
  ) {}

  /**
   * The order: `checkCanDeactivateUser`; the identifiers, each with its hook; the devices with `onLoggedOut`; the
   * account; for erasure the profile with `onProfileUpdate`; the rooms; last `onUserDeactivationStatusChanged`.
   *
   * @throws {MatrixError} 403 `M_FORBIDDEN` when a module objects.
   */
  async deactivate(userId: UserId, { byAdmin, erase = false, context }: DeactivationOptions): Promise<void> {
    const { hooks, storage, threepids, sessions, profileChanges, accountData } = this.parts;
    if (!(await hooks.thirdPartyRules.checkCanDeactivateUser(userId, byAdmin, context))) {
      throw new MatrixError(403, "This user may not be deactivated", Codes.FORBIDDEN);
    }
    const user = await this.#user(userId);
    for (const { medium, address } of await storage.threepids.find({ userId })) {
      await threepids.remove(userId, medium, address, context);
    }
    await sessions.logOutAll(userId, context);
    await storage.users.put({ ...user, passwordHash: null, isDeactivated: true });
    if (erase) {
      const nothing = { displayName: null, avatarUrl: null };
      await profileChanges.change(userId, nothing, { byAdmin, deactivation: true, context });
    }
    await this.#leaveRooms(userId, context);
    await accountData.purge(userId);
    await hooks.thirdPartyRules.onUserDeactivationStatusChanged(userId, true, byAdmin, context);
  }

  /** An administrator reactivates an account, with a new password. */
  async reactivate(userId: UserId, password: string, context?: HookContext): Promise<void> {
    const { hooks, storage, settings } = this.parts;
    const user = await this.#user(userId);
    const passwordHash = await hashPassword(password, settings.passwordCost);
    await storage.users.put({ ...user, passwordHash, isDeactivated: false });
    await hooks.thirdPartyRules.onUserDeactivationStatusChanged(userId, false, true, context);
  }

  async #user(userId: UserId) {
    const user = await this.parts.storage.users.get({ userId });
    if (!user) throw new NotFoundError(`User ${userId} doesn't exist`);
    return user;
  }

  async #leaveRooms(userId: UserId, context?: HookContext): Promise<void> {
    const { store, memberships, server, logger } = this.parts;
    for (const [roomId, membership] of await store.membershipsOf(userId)) {
      if (membership !== "join" && membership !== "invite") continue;
      try {
        const caller = asServer(server.serverName, userId, context);
        await memberships.change(caller, { roomId, target: userId, membership: "leave" });
      } catch (error) {
        logger.warn(`Deactivated user ${userId} can't leave ${roomId}`, { error });
      }
    }
  }
}
