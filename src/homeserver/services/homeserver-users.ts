import type { Medium, UserId } from "../../matrix/identifiers.js";
import type { Server } from "../../services/server.js";
import {
  Users,
  type MonthlyActiveUser,
  type Threepid,
  type UserInfo,
  type UserIpAndAgent,
} from "../../services/users.js";
import type { Storage } from "../storage.js";

/** {@link Users} of the homeserver. */
export class HomeserverUsers extends Users {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "users" | "threepids" | "identityBindings" | "connections">;
      readonly server: Server;
    },
  ) {
    super();
  }

  protected get server(): Server {
    return this.parts.server;
  }

  async getUserInfoById(userId: UserId): Promise<UserInfo | null> {
    const user = await this.parts.storage.users.get({ userId });
    if (!user) return null;
    const { passwordHash: _, creationTs, expiresTs: __, ...rest } = user;
    return {
      ...rest,
      creationTs: Math.floor(creationTs / 1000),
      consentServerNoticeSent: null,
      consentVersion: null,
      consentTs: null,
    };
  }

  async getThreepidsForUser(userId: UserId): Promise<Threepid[]> {
    const rows = await this.parts.storage.threepids.find({ userId });
    return rows.map(({ userId: _, ...threepid }) => threepid);
  }

  async storeRemote3pidAssociation(userId: UserId, medium: Medium, address: string, idServer: string): Promise<void> {
    await this.parts.storage.identityBindings.put({ userId, medium, address, idServer });
  }

  /** Everyone whose connections fall into the period. */
  async getMonthlyActiveUsersByService(startTs = 0, endTs = Infinity): Promise<MonthlyActiveUser[]> {
    const { connections, users } = this.parts.storage;
    const active = (await connections.find()).filter(({ lastSeen }) => lastSeen >= startTs && lastSeen <= endTs);
    const userIds = [...new Set(active.map(({ userId }) => userId))];
    return Promise.all(
      userIds.map(async (userId) => ({
        userId,
        appServiceId: (await users.get({ userId }))?.appServiceId ?? "native",
      })),
    );
  }

  protected async storeUserAdmin(userId: UserId, isAdmin: boolean): Promise<void> {
    const user = await this.parts.storage.users.get({ userId });
    if (user) await this.parts.storage.users.put({ ...user, isAdmin });
  }

  protected async findUsersIgnoringCase(userId: UserId): Promise<UserId[]> {
    const users = await this.parts.storage.users.find();
    return users.map((user) => user.userId).filter((known) => known.toLowerCase() === userId.toLowerCase());
  }

  protected async readConnections(userId: UserId, sinceTs: number): Promise<UserIpAndAgent[]> {
    const rows = await this.parts.storage.connections.find({ userId });
    return rows
      .filter(({ lastSeen }) => lastSeen >= sinceTs)
      .map(({ ip, userAgent, lastSeen }) => ({ ip, userAgent, lastSeen }));
  }
}
