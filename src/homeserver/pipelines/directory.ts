import { Codes } from "../../matrix/codes.js";
import type { RoomAlias, RoomId } from "../../matrix/identifiers.js";
import { MatrixError, NotFoundError } from "../../matrix/matrix-error.js";
import type { RoomVisibility } from "../../catalogue/third-party-rules.js";
import type { Caller } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import type { Homeserver } from "../homeserver.js";
import { powerOf, powerToSend } from "./event-rules.js";

/** Room aliases, and the list of public rooms as users change it. */
export class Directory {
  constructor(private readonly homeserver: Homeserver) {}

  /** `PUT /directory/room/{alias}`: membership, then `userMayCreateRoomAlias` (not for application services), then the rules. */
  async createAlias(
    caller: Caller,
    alias: RoomAlias,
    roomId: RoomId,
    { checkMembership = true }: { readonly checkMembership?: boolean } = {},
  ): Promise<void> {
    const { hooks, server, storage, events } = this.homeserver;
    const { requester, context } = caller;
    if (requester.appServiceId === null) {
      if (checkMembership) await events.requireJoined(roomId, requester.userId);
      const verdict = await hooks.spamChecker.userMayCreateRoomAlias(requester.userId, alias, context);
      throwIfDenied(verdict, "You may not create aliases");
    }
    if (!server.isMine(alias)) throw new MatrixError(400, "The alias belongs to another server", Codes.INVALID_PARAM);
    if (await storage.aliases.get({ alias: alias.toString() })) {
      throw new MatrixError(409, `Room alias ${alias} is taken`);
    }
    await storage.aliases.put({ alias: alias.toString(), roomId, creator: requester.userId });
  }

  /** `DELETE /directory/room/{alias}`. */
  async deleteAlias(caller: Caller, alias: RoomAlias): Promise<void> {
    const row = await this.homeserver.storage.aliases.get({ alias: alias.toString() });
    if (!row) throw new NotFoundError(`Room alias ${alias} does not exist`);
    const isAllowed =
      row.creator === caller.requester.userId ||
      (await this.homeserver.isAdmin(caller.requester)) ||
      (await this.#maySetAliases(caller, row.roomId));
    if (!isAllowed) throw new MatrixError(403, "You may not delete this alias", Codes.FORBIDDEN);
    await this.homeserver.storage.aliases.delete(row);
  }

  /**
   * `PUT /directory/list/room/{roomId}`: `userMayPublishRoom` comes first, whichever way; then the permission; then
   * `checkVisibilityCanBeModified`, which is asked only to publish.
   */
  async setVisibility(caller: Caller, roomId: RoomId, visibility: RoomVisibility): Promise<void> {
    const { hooks, store, services } = this.homeserver;
    const { requester, context } = caller;
    const verdict = await hooks.spamChecker.userMayPublishRoom(requester.userId, roomId, context);
    throwIfDenied(verdict, "You may not change the room's visibility");
    if (visibility !== "public" && visibility !== "private") {
      throw new MatrixError(400, "The visibility is neither public nor private", Codes.INVALID_PARAM);
    }
    await store.room(roomId);
    if (!(await this.homeserver.isAdmin(requester)) && !(await this.#maySetAliases(caller, roomId))) {
      throw new MatrixError(403, "You may not change the room's visibility", Codes.FORBIDDEN);
    }
    if (visibility === "private") return services.publicRooms.removeRoomFromPublicRoomList(roomId);
    const state = () => store.state(roomId);
    if (!(await hooks.thirdPartyRules.checkVisibilityCanBeModified(roomId, state, visibility, context))) {
      throw new MatrixError(403, "You may not publish this room");
    }
    await services.publicRooms.addRoomToPublicRoomList(roomId);
  }

  /** Lets the aliases of one room lead to another. */
  async moveAliases(from: RoomId, to: RoomId): Promise<void> {
    const { aliases } = this.homeserver.storage;
    for (const row of await aliases.find({ roomId: from })) await aliases.put({ ...row, roomId: to });
  }

  async #maySetAliases(caller: Caller, roomId: RoomId): Promise<boolean> {
    const { userId } = caller.requester;
    const state = await this.homeserver.events.requireJoined(roomId, userId);
    return powerOf(state, userId) >= powerToSend(state, "m.room.canonical_alias", true);
  }
}
