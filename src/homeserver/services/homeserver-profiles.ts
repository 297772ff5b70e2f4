import type { Logger } from "winston";
import type { ParsedUserId, UserId } from "../../matrix/identifiers.js";
import type { ProfileInfo } from "../../matrix/records.js";
import { Profiles } from "../../services/profiles.js";
import type { Server } from "../../services/server.js";
import type { ProfileChanges } from "../pipelines/profile-changes.js";
import type { Storage } from "../storage.js";

/** {@link Profiles} of the homeserver. */
export class HomeserverProfiles extends Profiles {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "profiles">;
      readonly server: Server;
      readonly logger: Logger;
      readonly profileChanges: ProfileChanges;
    },
  ) {
    super();
  }

  protected get server(): Server {
    return this.parts.server;
  }

  protected get logger(): Logger {
    return this.parts.logger;
  }

  protected async readProfile(localpart: string): Promise<ProfileInfo | null> {
    const userId: UserId = `@${localpart}:${this.server.serverName}`;
    const row = await this.parts.storage.profiles.get({ userId });
    return row ? { displayName: row.displayName, avatarUrl: row.avatarUrl } : null;
  }

  protected async changeDisplayname(user: ParsedUserId, displayName: string | null): Promise<void> {
    await this.parts.profileChanges.change(user.toString(), { displayName }, { byAdmin: true });
  }
}
