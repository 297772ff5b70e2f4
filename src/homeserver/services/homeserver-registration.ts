import type { Logger } from "winston";
import type { UserId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { Registration, type NewDevice, type NewUser, type RegisteredDevice } from "../../services/registration.js";
import type { Server } from "../../services/server.js";
import type { Homeserver } from "../homeserver.js";

/** {@link Registration} of a {@link Homeserver}. */
export class HomeserverRegistration extends Registration {
  constructor(private readonly homeserver: Homeserver) {
    super();
  }

  protected get server(): Server {
    return this.homeserver.server;
  }

  protected get logger(): Logger {
    return this.homeserver.logger;
  }

  registerUser(localpart: string, { admin = false, ...options }: NewUser = {}): Promise<UserId> {
    return this.homeserver.accounts.create({ localpart, isAdmin: admin, ...options });
  }

  registerDevice(userId: UserId, { deviceId, initialDisplayName }: NewDevice = {}): Promise<RegisteredDevice> {
    return this.homeserver.sessions.create(userId, deviceId, initialDisplayName);
  }

  async recordUserExternalId(authProviderId: string, externalId: string, userId: UserId): Promise<void> {
    const { externalIds } = this.homeserver.storage;
    if (await externalIds.get({ authProviderId, externalId })) {
      throw new MatrixError(400, `The identity ${externalId} of ${authProviderId} is mapped to a user already`);
    }
    await externalIds.put({ authProviderId, externalId, userId });
  }

  protected async isReserved(userId: UserId): Promise<boolean> {
    const { appServices, serverNoticesUser } = this.homeserver.settings;
    return userId === serverNoticesUser || appServices.some(({ owns }) => owns(userId));
  }

  protected async isTaken(userId: UserId): Promise<boolean> {
    return (await this.homeserver.services.users.checkUserExists(userId)) !== null;
  }
}
