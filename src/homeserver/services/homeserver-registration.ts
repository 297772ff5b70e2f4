import type { Logger } from "winston";
import type { UserId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { UsernameRules } from "../../services/check-username.js";
import { Registration, type NewDevice, type NewUser, type RegisteredDevice } from "../../services/registration.js";
import type { Server } from "../../services/server.js";
import type { Accounts } from "../pipelines/accounts.js";
import type { Sessions } from "../pipelines/sessions.js";
import type { Storage } from "../storage.js";

/** {@link Registration} of the homeserver. */
export class HomeserverRegistration extends Registration {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "externalIds">;
      readonly server: Server;
      readonly logger: Logger;
      readonly usernames: UsernameRules;
      readonly sessions: Sessions;
      readonly accounts: Accounts;
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

  registerUser(localpart: string, { admin = false, ...options }: NewUser = {}): Promise<UserId> {
    return this.parts.accounts.create({ localpart, isAdmin: admin, ...options });
  }

  registerDevice(userId: UserId, { deviceId, initialDisplayName }: NewDevice = {}): Promise<RegisteredDevice> {
    return this.parts.sessions.create(userId, deviceId, initialDisplayName);
  }

  async recordUserExternalId(authProviderId: string, externalId: string, userId: UserId): Promise<void> {
    const { externalIds } = this.parts.storage;
    if (await externalIds.get({ authProviderId, externalId })) {
      throw new MatrixError(400, `The identity ${externalId} of ${authProviderId} is already mapped to a user`);
    }
    await externalIds.put({ authProviderId, externalId, userId });
  }

  protected isReserved(userId: UserId): Promise<boolean> {
    return this.parts.usernames.isReserved(userId);
  }

  protected isTaken(userId: UserId): Promise<boolean> {
    return this.parts.usernames.isTaken(userId);
  }
}
