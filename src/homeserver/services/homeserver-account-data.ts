import type { UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { AccountDataStore } from "../../services/account-data-store.js";
import type { Server } from "../../services/server.js";
import type { AccountDataWriter } from "../pipelines/account-data-writer.js";
import type { Storage } from "../storage.js";

/** {@link AccountDataStore} of the homeserver. */
export class HomeserverAccountData extends AccountDataStore {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "users">;
      readonly server: Server;
      readonly accountData: AccountDataWriter;
    },
  ) {
    super();
  }

  protected get server(): Server {
    return this.parts.server;
  }

  protected readGlobal(userId: UserId, type: string): Promise<JsonObject | null> {
    return this.parts.accountData.read(userId, null, type);
  }

  protected writeGlobal(userId: UserId, type: string, data: JsonObject): Promise<void> {
    return this.parts.accountData.write(userId, null, type, data);
  }

  protected async isRegistered(userId: UserId): Promise<boolean> {
    return (await this.parts.storage.users.get({ userId })) !== undefined;
  }
}
