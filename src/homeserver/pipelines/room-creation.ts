import { randomBytes } from "node:crypto";
import type { Hooks } from "../../catalogue/index.js";
import { Codes } from "../../matrix/codes.js";
import { RoomAlias, type RoomId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { StateMap } from "../../matrix/state-map.js";
import type { PublicRooms } from "../../services/public-rooms.js";
import type { CreatedRoom } from "../../services/rooms.js";
import type { Server } from "../../services/server.js";
import type { Caller } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import type { Storage } from "../storage.js";
import type { Administrators } from "./administrators.js";
import type { Directory } from "./directory.js";
import type { Events } from "./events.js";
import type { Memberships } from "./memberships.js";
import { readRoomRequest, type InitialState, type RoomRequest } from "./room-request.js";
import type { ThreepidInvites } from "./threepid-invites.js";

/** Options for creating a room. */
export interface RoomCreationOptions {
  readonly ratelimit?: boolean;
  /** `displayname` and `avatar_url` of the creator's membership, in place of the creator's profile. */
  readonly creatorJoinProfile?: JsonObject;
}

/** Creates rooms. */
export class RoomCreation {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker" | "thirdPartyRules">;
      readonly storage: Pick<Storage, "rooms" | "aliases">;
      readonly server: Server;
      readonly administrators: Administrators;
      readonly publicRooms: PublicRooms;
      readonly events: Events;
      readonly directory: Directory;
      readonly memberships: Memberships;
      readonly threepidInvites: ThreepidInvites;
    },
  ) {}

  /**
   * `POST /createRoom`. The order: `onCreateRoom`, which may change the body; the body is checked; `userMayCreateRoom`;
   * the room id exists; `checkVisibilityCanBeModified`; the alias; the events, each with `checkEventAllowed`; invites.
   */
  async create(caller: Caller, body: JsonObject, options: RoomCreationOptions = {}): Promise<CreatedRoom> {
    const { hooks } = this.parts;
    const { requester, context } = caller;
    const isAdmin = await this.parts.administrators.actsAsAdmin(requester);
    await hooks.thirdPartyRules.onCreateRoom(requester, body, isAdmin, context);

    const request = readRoomRequest(body);
    const alias = await this.#freeAlias(request);
    if (!isAdmin) {
      const verdict = await hooks.spamChecker.userMayCreateRoom(requester.userId, body, context);
      throwIfDenied(verdict, "You may not create rooms");
    }

    const roomId = await this.reserve(caller, request.version);
    await this.#checkVisibility(roomId, request, caller);
    if (alias) await this.parts.directory.createAlias(caller, alias, roomId, { checkMembership: false });
    if (request.visibility === "public") await this.parts.publicRooms.addRoomToPublicRoomList(roomId);

    await this.sendFirstEvents(caller, roomId, firstEvents(request, caller, alias), options.creatorJoinProfile);
    await this.#sendInvites(caller, roomId, request, options);
    return { roomId, alias: alias?.toString() ?? null };
  }

  /** Stores the id of a room that has no events yet. */
  async reserve({ requester }: Caller, version: string): Promise<RoomId> {
    const roomId: RoomId = `!${randomBytes(12).toString("base64url")}:${this.parts.server.serverName}`;
    const creator = requester.userId;
    const row = { roomId, version, creator, isPublic: false, isBlocked: false, lastEventId: null, depth: 0 };
    await this.parts.storage.rooms.put(row);
    return roomId;
  }

  /**
   * The create event, the creator's join, then the rest, one after the other. `checkEventForSpam` and `userMayJoinRoom`
   * aren't asked about the events of a new room.
   */
  async sendFirstEvents(
    caller: Caller,
    roomId: RoomId,
    [create, ...others]: readonly InitialState[],
    joinProfile: JsonObject = {},
  ): Promise<void> {
    const { events, memberships } = this.parts;
    const target = caller.requester.userId;
    const send = async (state: InitialState) =>
      events.accept(caller, await events.create(caller, { roomId, sender: target, ...state }));
    await send(create!);
    await memberships.change(caller, { roomId, target, membership: "join", content: joinProfile, isNewRoom: true });
    for (const state of others) await send(state);
  }

  async #freeAlias({ aliasName }: RoomRequest): Promise<RoomAlias | null> {
    if (aliasName === null) return null;
    const alias = RoomAlias.fromString(`#${aliasName}:${this.parts.server.serverName}`);
    if (await this.parts.storage.aliases.get({ alias: alias.toString() })) {
      throw new MatrixError(400, `Room alias ${alias} is taken`, Codes.ROOM_IN_USE);
    }
    return alias;
  }

  async #checkVisibility(roomId: RoomId, { visibility }: RoomRequest, { context }: Caller): Promise<void> {
    const { thirdPartyRules } = this.parts.hooks;
    if (await thirdPartyRules.checkVisibilityCanBeModified(roomId, new StateMap(), visibility, context)) return;
    throw new MatrixError(403, "This room visibility isn't allowed");
  }

  async #sendInvites(
    caller: Caller,
    roomId: RoomId,
    request: RoomRequest,
    options: RoomCreationOptions,
  ): Promise<void> {
    const content: JsonObject = request.isDirect ? { is_direct: true } : {};
    const { ratelimit = true } = options;
    // A shadow-banned user gets a room that no other user sees.
    if (caller.requester.shadowBanned) return;
    for (const target of request.invite) {
      await this.parts.memberships.change(caller, { roomId, target, membership: "invite", content, ratelimit });
    }
    for (const threepid of request.invite3pid) {
      await this.parts.threepidInvites.invite(caller, roomId, threepid);
    }
  }
}

/** The initial state of a room, without its creator's membership. */
function firstEvents(request: RoomRequest, caller: Caller, alias: RoomAlias | null): InitialState[] {
  const { preset } = request;
  const creator = caller.requester.userId;
  const trusted = preset === "trusted_private_chat" ? request.invite : [];
  const users = Object.fromEntries([creator, ...trusted].map((userId) => [userId, 100]));
  const state = (type: string, content: JsonObject): InitialState => ({ type, stateKey: "", content });
  const own = [
    state("m.room.create", { ...request.creationContent, room_version: request.version }),
    state("m.room.power_levels", { ...DEFAULT_POWER_LEVELS, users, ...request.powerLevels }),
    ...(alias ? [state("m.room.canonical_alias", { alias: alias.toString() })] : []),
    state("m.room.join_rules", { join_rule: preset === "public_chat" ? "public" : "invite" }),
    state("m.room.history_visibility", { history_visibility: "shared" }),
    state("m.room.guest_access", { guest_access: preset === "public_chat" ? "forbidden" : "can_join" }),
  ];
  const named = [
    ...(request.name === null ? [] : [state("m.room.name", { name: request.name })]),
    ...(request.topic === null ? [] : [state("m.room.topic", { topic: request.topic })]),
  ];
  const isGiven = ({ type, stateKey }: InitialState) =>
    request.initialState.some((given) => given.type === type && given.stateKey === stateKey);
  return [...own.filter((event) => !isGiven(event)), ...request.initialState, ...named];
}

const DEFAULT_POWER_LEVELS: JsonObject = {
  users_default: 0,
  events: {
    "m.room.name": 50,
    "m.room.power_levels": 100,
    "m.room.history_visibility": 100,
    "m.room.canonical_alias": 50,
    "m.room.avatar": 50,
    "m.room.tombstone": 100,
    "m.room.server_acl": 100,
    "m.room.encryption": 100,
  },
  events_default: 0,
  state_default: 50,
  ban: 50,
  kick: 50,
  redact: 50,
  invite: 0,
  historical: 100,
};
