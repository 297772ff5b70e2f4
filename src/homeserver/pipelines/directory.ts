import type { Hooks } from "../../catalogue/index.js";
import type { RoomVisibility } from "../../catalogue/third-party-rules.js";
import { Codes } from "../../matrix/codes.js";
import type { RoomAlias, RoomId } from "../../matrix/identifiers.js";
import { MatrixError, NotFoundError } from "../../matrix/matrix-error.js";
import type { StateSelection } from "../../matrix/state-selection.js";
import { lookUpAlias, type ResolvedAlias } from "../../services/look-up-alias.js";
import type { PublicRooms } from "../../services/public-rooms.js";
import type { Server } from "../../services/server.js";
import type { Caller } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import type { RemoteServers } from "../remote-servers.js";
import type { Storage } from "../storage.js";
import type { Administrators } from "./administrators.js";
import { powerOf, powerToSend } from "./event-rules.js";
import type { EventStore } from "./event-store.js";
import type { Events } from "./events.js";

const MAX_ALIAS_LENGTH = 255;

/** Room aliases, and the list of public rooms as users change it. @public */
export class Directory {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker" | "thirdPartyRules">;
      readonly storage: Pick<Storage, "aliases">;
      readonly server: Server;
      readonly remote: RemoteServers;
      readonly administrators: Administrators;
      readonly publicRooms: PublicRooms;
      readonly store: EventStore;
      readonly events: Events;
    },
  ) {}

  /** `PUT /directory/room/{alias}`: the alias's form, membership, then `userMayCreateRoomAlias` (not for application services), then the rules. */
  async createAlias(
    caller: Caller,
    alias: RoomAlias,
    roomId: RoomId,
    { checkMembership = true }: { readonly checkMembership?: boolean } = {},
  ): Promise<void> {
    const { hooks, server, storage, events } = this.parts;
    const { requester, context } = caller;
    if (alias.toString().length > MAX_ALIAS_LENGTH) {
      throw new MatrixError(400, `An alias has at most ${MAX_ALIAS_LENGTH} characters`, Codes.INVALID_PARAM);
    }
    if (/\s/.test(alias.localpart)) throw new MatrixError(400, "An alias has no spaces", Codes.INVALID_PARAM);
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
    const row = await this.parts.storage.aliases.get({ alias: alias.toString() });
    if (!row) throw new NotFoundError(`Room alias ${alias} doesn't exist`);
    const isAllowed =
      row.creator === caller.requester.userId ||
      (await this.parts.administrators.isAdmin(caller.requester)) ||
      (await this.#maySetAliases(caller, row.roomId));
    if (!isAllowed) throw new MatrixError(403, "You may not delete this alias", Codes.FORBIDDEN);
    await this.parts.storage.aliases.delete(row);
  }

  /**
   * `PUT /directory/list/room/{roomId}`: `userMayPublishRoom` comes first, to publish and to unpublish; then the
   * permission; then `checkVisibilityCanBeModified`, only to publish.
   */
  async setVisibility(caller: Caller, roomId: RoomId, visibility: RoomVisibility): Promise<void> {
    const { hooks, store, publicRooms } = this.parts;
    const { requester, context } = caller;
    const verdict = await hooks.spamChecker.userMayPublishRoom(requester.userId, roomId, context);
    throwIfDenied(verdict, "You may not change the room's visibility");
    if (visibility !== "public" && visibility !== "private") {
      throw new MatrixError(400, "The visibility is neither public nor private", Codes.INVALID_PARAM);
    }
    await store.room(roomId);
    if (!(await this.parts.administrators.isAdmin(requester)) && !(await this.#maySetAliases(caller, roomId))) {
      throw new MatrixError(403, "You may not change the room's visibility", Codes.FORBIDDEN);
    }
    if (visibility === "private") return publicRooms.removeRoomFromPublicRoomList(roomId);
    const state = (wanted?: StateSelection) => store.state(roomId, wanted);
    if (!(await hooks.thirdPartyRules.checkVisibilityCanBeModified(roomId, state, visibility, context))) {
      throw new MatrixError(403, "You may not publish this room");
    }
    await publicRooms.addRoomToPublicRoomList(roomId);
  }

  /** Moves the aliases of one room to another. */
  async moveAliases(from: RoomId, to: RoomId): Promise<void> {
    const { aliases } = this.parts.storage;
    for (const row of await aliases.find({ roomId: from })) await aliases.put({ ...row, roomId: to });
  }

  /** `GET /directory/room/{alias}`. @throws {MatrixError} 400 for a malformed alias, 404 for an unknown one. */
  lookUp(alias: string): Promise<ResolvedAlias> {
    return lookUpAlias(alias, (parsed) => this.resolve(parsed));
  }

  /** A local alias, or what the alias's server says; null for an unknown one. */
  async resolve(alias: RoomAlias): Promise<ResolvedAlias | null> {
    const { server, storage, remote } = this.parts;
    if (!server.isMine(alias)) return remote.resolveAlias(alias);
    const row = await storage.aliases.get({ alias: alias.toString() });
    return row ? { roomId: row.roomId, hosts: [server.serverName] } : null;
  }

  async #maySetAliases(caller: Caller, roomId: RoomId): Promise<boolean> {
    const { userId } = caller.requester;
    const state = await this.parts.events.requireJoined(roomId, userId);
    return powerOf(state, userId) >= powerToSend(state, "m.room.canonical_alias", true);
  }
}
