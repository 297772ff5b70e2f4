import type { HookContext } from "../../hooks/context.js";
import type { UserId } from "../../matrix/identifiers.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import type { Storage } from "../storage.js";
import type { Sessions } from "./sessions.js";

/** What other users may know about an account. @public */
export interface AccountStatus {
  readonly exists: boolean;
  readonly deactivated?: boolean;
  /** Present only if the settings allow it. */
  readonly expired?: boolean;
}

/** Answers whether accounts exist and can be used. @public */
export class AccountStatuses {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "users">;
      readonly settings: Pick<HomeserverSettings, "accountStatusShowsExpiry">;
      readonly sessions: Sessions;
    },
  ) {}

  /** `POST …/account_status`, an unstable endpoint: the status of local users. */
  async of(userId: UserId, context?: HookContext): Promise<AccountStatus> {
    const { storage, settings, sessions } = this.parts;
    const user = await storage.users.get({ userId });
    if (!user) return { exists: false };
    const status = { exists: true, deactivated: user.isDeactivated };
    if (!settings.accountStatusShowsExpiry) return status;
    return { ...status, expired: await sessions.isUserExpired(userId, context) };
  }
}
