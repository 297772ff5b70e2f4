import { setImmediate } from "node:timers/promises";
import type { Logger } from "winston";
import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { RoomId, UserId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { Server } from "../../services/server.js";
import type { BackgroundWork } from "../background-work.js";
import { asServer } from "../caller.js";
import type { Storage } from "../storage.js";
import type { EventStore } from "./event-store.js";
import type { Memberships } from "./memberships.js";

/** Shuts rooms down, for administrators and modules. @public */
export class RoomShutdown {
  readonly #pending = new Set<RoomId>();

  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "thirdPartyRules">;
      readonly storage: Pick<Storage, "aliases">;
      readonly server: Server;
      readonly logger: Logger;
      readonly background: BackgroundWork;
      readonly store: EventStore;
      readonly memberships: Memberships;
    },
  ) {}

  /** The first version of the administrator's request, which is done when it returns. */
  async shutDown(adminId: UserId | null, roomId: RoomId, context?: HookContext): Promise<void> {
    const { store, storage, logger } = this.parts;
    await this.#requireAllowed(adminId, roomId, context);
    const members = (await store.state(roomId)).ofType("m.room.member");
    for (const [userId, { membership }] of members) {
      if (membership !== "join" && membership !== "invite") continue;
      try {
        await this.#remove(userId as UserId, roomId, context);
      } catch (error) {
        logger.warn(`User ${userId} can't be removed from ${roomId}`, { error });
      }
    }
    for (const alias of await storage.aliases.find({ roomId })) await storage.aliases.delete(alias);
    await store.purge(roomId);
  }

  /**
   * The second version: modules are asked immediately, and again in the background, where the room is shut down.
   *
   * @throws {MatrixError} 403 `M_FORBIDDEN` when a module objects; 400 when the room is already being deleted.
   */
  async schedule(adminId: UserId | null, roomId: RoomId, context?: HookContext): Promise<void> {
    if (this.#pending.has(roomId)) throw new MatrixError(400, `Room ${roomId} is already being deleted`);
    // When a module deletes a room, only the background task asks modules.
    if (adminId !== null) await this.#requireAllowed(adminId, roomId, context);
    this.#pending.add(roomId);
    this.parts.background.start(`delete ${roomId}`, async () => {
      try {
        // The caller continues first.
        await setImmediate();
        await this.shutDown(adminId, roomId, context);
      } finally {
        this.#pending.delete(roomId);
      }
    });
  }

  async #requireAllowed(adminId: UserId | null, roomId: RoomId, context?: HookContext): Promise<void> {
    if (await this.parts.hooks.thirdPartyRules.checkCanShutdownRoom(adminId, roomId, context)) return;
    throw new MatrixError(403, "This room may not be shut down", Codes.FORBIDDEN);
  }

  async #remove(userId: UserId, roomId: RoomId, context?: HookContext): Promise<void> {
    const { memberships, server } = this.parts;
    if (!server.isMine(userId)) return;
    const caller = asServer(server.serverName, userId, context);
    await memberships.change(caller, { roomId, target: userId, membership: "leave" });
  }
}
