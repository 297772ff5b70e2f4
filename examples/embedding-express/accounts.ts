import {
  type ConfiguredServer,
  Users,
  type MonthlyActiveUser,
  type Threepid,
  type UserId,
  type UserInfo,
  type UserIpAndAgent,
} from "ligand";

/** The accounts of this homeserver, in memory, offered to modules as the service `Users`. */
export class Accounts extends Users {
  readonly #accounts = new Map<UserId, UserInfo>();

  constructor(protected readonly server: ConfiguredServer) {
    super();
  }

  add(localpart: string, { isAdmin = false } = {}): UserId {
    const userId = this.server.getQualifiedUserId(localpart);
    this.#accounts.set(userId, {
      userId,
      isAdmin,
      appServiceId: null,
      consentServerNoticeSent: null,
      consentVersion: null,
      consentTs: null,
      userType: null,
      creationTs: 0,
      isDeactivated: false,
      isGuest: false,
      isShadowBanned: false,
      approved: true,
      locked: false,
      suspended: false,
    });
    return userId;
  }

  async getUserInfoById(userId: UserId): Promise<UserInfo | null> {
    return this.#accounts.get(userId) ?? null;
  }

  protected async storeUserAdmin(userId: UserId, isAdmin: boolean): Promise<void> {
    const account = this.#accounts.get(userId);
    if (account) this.#accounts.set(userId, { ...account, isAdmin });
  }

  protected async findUsersIgnoringCase(userId: UserId): Promise<UserId[]> {
    return [...this.#accounts.keys()].filter((known) => known.toLowerCase() === userId.toLowerCase());
  }

  // This server knows no addresses, no connections and no activity of its users.
  async getThreepidsForUser(): Promise<Threepid[]> {
    return [];
  }
  async storeRemote3pidAssociation(): Promise<void> {}
  async getMonthlyActiveUsersByService(): Promise<MonthlyActiveUser[]> {
    return [];
  }
  protected async readConnections(): Promise<UserIpAndAgent[]> {
    return [];
  }
}
