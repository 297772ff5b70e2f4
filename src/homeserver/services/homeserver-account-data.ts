import type { UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { AccountDataStore } from "../../services/account-data-store.js";
import type { Server } from "../../services/server.js";
import type { Homeserver } from "../homeserver.js";

/** {@link AccountDataStore} of a {@link Homeserver}. */
export class HomeserverAccountData extends AccountDataStore {
  constructor(private readonly homeserver: Homeserver) {
    super();
  }

  protected get server(): Server {
    return this.homeserver.server;
  }

  protected readGlobal(userId: UserId, type: string): Promise<JsonObject | null> {
    return this.homeserver.accountData.read(userId, null, type);
  }

  protected writeGlobal(userId: UserId, type: string, data: JsonObject): Promise<void> {
    return this.homeserver.accountData.write(userId, null, type, data);
  }

  protected async isRegistered(userId: UserId): Promise<boolean> {
    return (await this.homeserver.storage.users.get({ userId })) !== undefined;
  }
}
