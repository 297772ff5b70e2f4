import type { Requester } from "../../matrix/records.js";
import type { Users } from "../../services/users.js";
import type { HomeserverSettings } from "../homeserver-settings.js";

/** Knows who administers the server. @public */
export class Administrators {
  constructor(
    private readonly parts: {
      readonly settings: Pick<HomeserverSettings, "serverNoticesUser">;
      readonly users: Users;
    },
  ) {}

  /** Whether a requester administers the server. */
  async isAdmin({ userId }: Pick<Requester, "userId">): Promise<boolean> {
    return this.parts.users.isUserAdmin(userId);
  }

  /** Whether spam checkers skip a requester, as they skip administrators. */
  async actsAsAdmin(requester: Requester): Promise<boolean> {
    return requester.userId === this.parts.settings.serverNoticesUser || (await this.isAdmin(requester));
  }
}
