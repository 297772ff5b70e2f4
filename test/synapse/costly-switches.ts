import {
  BackgroundUpdates,
  Module,
  PresenceRouter,
  Ratelimit,
  type BackgroundUpdateSlot,
  type PresenceAllUsers,
  type RatelimitOverride,
  type UserId,
  type UserPresenceState,
} from "#src/index.js";
import { ask } from "./switchboard.js";

/** As `Switchboard`, of hooks that change what Synapse does as soon as a module registers them. */
@Module()
export class PresenceSwitch {
  @PresenceRouter.getUsersForStates()
  getUsersForStates(...args: unknown[]) {
    return ask("getUsersForStates", new Map<UserId, Set<UserPresenceState>>(), args);
  }

  @PresenceRouter.getInterestedUsers()
  getInterestedUsers(...args: unknown[]) {
    return ask<Set<UserId> | PresenceAllUsers>("getInterestedUsers", new Set(), args);
  }
}

const FREE: BackgroundUpdateSlot = { enter: async () => 100, exit: async () => undefined };

@Module()
export class UpdateSwitch {
  @BackgroundUpdates.onUpdate()
  onUpdate(...args: unknown[]) {
    // The hook answers immediately.
    return ask<BackgroundUpdateSlot>("onUpdate", FREE, args) as BackgroundUpdateSlot;
  }

  @BackgroundUpdates.defaultBatchSize()
  defaultBatchSize(...args: unknown[]) {
    return ask("defaultBatchSize", 100, args);
  }

  @BackgroundUpdates.minBatchSize()
  minBatchSize(...args: unknown[]) {
    return ask("minBatchSize", 1, args);
  }
}

@Module()
export class RateSwitch {
  @Ratelimit.getRatelimitOverrideForUser()
  getRatelimitOverrideForUser(...args: unknown[]) {
    return ask<RatelimitOverride | null>("getRatelimitOverrideForUser", null, args);
  }
}
