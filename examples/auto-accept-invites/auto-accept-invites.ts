import {
  AccountDataStore,
  Clock,
  inject,
  MatrixError,
  Module,
  ModuleConfig,
  ModuleLogger,
  Rooms,
  Scheduler,
  Server,
  ThirdPartyRules,
  Users,
  type RoomEvent,
  type RoomId,
  type UserId,
} from "ligand";
import { AutoAcceptInvitesConfig } from "./auto-accept-invites-config.js";

/** How long to wait before each attempt, in milliseconds. An invite of another server may take a while to arrive. */
const WAITS_MS = [0, 1_000, 2_000, 4_000, 8_000];

/** Joins the rooms to which users of this server are invited, in their name. */
@Module({ config: AutoAcceptInvitesConfig })
export class AutoAcceptInvites {
  constructor(
    @inject(ModuleConfig) private readonly config: AutoAcceptInvitesConfig,
    @inject(ModuleLogger) private readonly logger: ModuleLogger,
    @inject(Server) private readonly server: Server,
    @inject(Users) private readonly users: Users,
    @inject(Rooms) private readonly rooms: Rooms,
    @inject(AccountDataStore) private readonly accountData: AccountDataStore,
    @inject(Scheduler) private readonly scheduler: Scheduler,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  @ThirdPartyRules.onNewEvent({ types: ["m.room.member"] })
  async acceptInvite(event: RoomEvent): Promise<void> {
    if (this.server.workerName !== this.config.worker_to_run_on || !this.#isWanted(event)) return;
    const invitee = event.stateKey as UserId;
    const user = await this.users.getUserInfoById(invitee);
    if (!user || user.isDeactivated || user.suspended || user.locked) return;
    // In the background: the inviter doesn't wait for the join.
    void this.scheduler.runAsBackgroundProcess("accept invite", () => this.#accept(event, invitee));
  }

  #isWanted(event: RoomEvent): boolean {
    const { stateKey, membership, sender, content } = event;
    if (membership !== "invite" || stateKey === undefined) return false;
    if (!this.server.isMine(stateKey)) return false;
    if (this.config.only_for_direct_messages && content.is_direct !== true) return false;
    return !this.config.only_from_local_users || this.server.isMine(sender);
  }

  async #accept({ roomId, sender, content }: RoomEvent, invitee: UserId): Promise<void> {
    if (!(await this.#join(invitee, roomId))) return;
    if (content.is_direct === true) await this.#markAsDirect(invitee, sender, roomId);
  }

  async #join(invitee: UserId, roomId: RoomId): Promise<boolean> {
    for (const waitMs of WAITS_MS) {
      await this.clock.sleep(waitMs);
      try {
        await this.rooms.updateRoomMembership(invitee, invitee, roomId, "join");
        return true;
      } catch (error) {
        const isRefused = error instanceof MatrixError && error.status === 403;
        this.logger.log(isRefused ? "debug" : "warn", `${invitee} could not join ${roomId}`, { error });
      }
    }
    return false;
  }

  /** Clients show a room as a direct chat when the user's account data lists it. */
  async #markAsDirect(invitee: UserId, inviter: UserId, roomId: RoomId): Promise<void> {
    const direct = (await this.accountData.getGlobal(invitee, "m.direct")) ?? {};
    const rooms = Array.isArray(direct[inviter]) ? direct[inviter] : [];
    await this.accountData.putGlobal(invitee, "m.direct", { ...direct, [inviter]: [...rooms, roomId] });
  }
}
