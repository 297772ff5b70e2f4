import type { Logger } from "winston";
import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { UserId } from "../../matrix/identifiers.js";
import type { JsonValue } from "../../matrix/json.js";
import { MatrixError, NotFoundError } from "../../matrix/matrix-error.js";
import type { Server } from "../../services/server.js";
import { asServer } from "../caller.js";
import type { ProfileRow } from "../account-rows.js";
import type { Storage } from "../storage.js";
import type { Administrators } from "./administrators.js";
import type { EventStore } from "./event-store.js";
import type { Memberships } from "./memberships.js";

/** A change of a profile. @public */
export interface ProfileChange {
  readonly displayName?: string | null;
  readonly avatarUrl?: string | null;
  /** Custom fields; null removes one. */
  readonly custom?: Readonly<Record<string, JsonValue>>;
}

/** What's known about the change. @public */
export interface ProfileChangeOptions {
  /** Whether an administrator, or the homeserver itself, makes it. */
  readonly byAdmin?: boolean;
  /** Whether the profile is erased because the account is deactivated. */
  readonly deactivation?: boolean;
  readonly context?: HookContext | undefined;
}

/** Changes display names, avatars and custom fields. @public */
export class ProfileChanges {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "thirdPartyRules">;
      readonly storage: Pick<Storage, "profiles">;
      readonly server: Server;
      readonly logger: Logger;
      readonly administrators: Administrators;
      readonly store: EventStore;
      readonly memberships: Memberships;
    },
  ) {}

  /** A user changes a profile: their own, or, as an administrator, anyone's; the latter is always `byAdmin`. */
  async changeAs(requesterId: UserId, userId: UserId, change: ProfileChange, context?: HookContext): Promise<void> {
    const byAdmin = await this.parts.administrators.isAdmin({ userId: requesterId });
    if (requesterId !== userId && !byAdmin) {
      throw new MatrixError(400, "You may not change another user's profile", Codes.FORBIDDEN);
    }
    await this.change(userId, change, { byAdmin, context });
  }

  /** The order: stored; `onProfileUpdate`; the memberships follow, with the hooks of joins. */
  async change(userId: UserId, change: ProfileChange, options: ProfileChangeOptions = {}): Promise<void> {
    const { byAdmin = false, deactivation = false, context } = options;
    const { storage, hooks } = this.parts;
    const old = await storage.profiles.get({ userId });
    if (!old) throw new NotFoundError(`User ${userId} has no profile`);
    const { custom = {}, ...standard } = change;
    const fields = Object.entries({ ...old.custom, ...custom }).filter(([, value]) => value !== null);
    const profile: ProfileRow = { ...old, ...standard, custom: Object.fromEntries(fields) };
    await storage.profiles.put(profile);
    const info = Object.freeze({ displayName: profile.displayName, avatarUrl: profile.avatarUrl });
    await hooks.thirdPartyRules.onProfileUpdate(userId, info, byAdmin, deactivation, context);
    if (!deactivation && Object.keys(standard).length > 0) await this.#rewriteMemberships(userId, context);
  }

  /** If a room refuses the new membership, it keeps the old one. */
  async #rewriteMemberships(userId: UserId, context?: HookContext): Promise<void> {
    const { store, memberships, server, logger } = this.parts;
    for (const [roomId, membership] of await store.membershipsOf(userId)) {
      if (membership !== "join") continue;
      try {
        await memberships.change(asServer(server.serverName, userId, context), {
          roomId,
          target: userId,
          membership: "join",
        });
      } catch (error) {
        logger.warn(`Can't update the profile of ${userId} in ${roomId}`, { error });
      }
    }
  }
}
