import type { Logger } from "winston";
import type { ParsedUserId, UserId } from "../../matrix/identifiers.js";
import type { ProfileInfo } from "../../matrix/records.js";
import { Profiles } from "../../services/profiles.js";
import type { Server } from "../../services/server.js";
import type { Homeserver } from "../homeserver.js";

/** {@link Profiles} of a {@link Homeserver}. */
export class HomeserverProfiles extends Profiles {
  constructor(private readonly homeserver: Homeserver) {
    super();
  }

  protected get server(): Server {
    return this.homeserver.server;
  }

  protected get logger(): Logger {
    return this.homeserver.logger;
  }

  protected async readProfile(localpart: string): Promise<ProfileInfo | null> {
    const userId: UserId = `@${localpart}:${this.server.serverName}`;
    const row = await this.homeserver.storage.profiles.get({ userId });
    return row ? { displayName: row.displayName, avatarUrl: row.avatarUrl } : null;
  }

  protected async changeDisplayname(user: ParsedUserId, displayName: string | null): Promise<void> {
    await this.homeserver.profileChanges.change(user.toString(), { displayName }, { byAdmin: true });
  }
}
