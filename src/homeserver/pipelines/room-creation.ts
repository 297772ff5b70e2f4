import { randomBytes } from "node:crypto";
import type { Hooks } from "../../catalogue/index.js";
import { Codes } from "../../matrix/codes.js";
import { RoomAlias, type RoomId, type UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { RoomEvent } from "../../matrix/room-event.js";
import { roomVersionOf } from "../../matrix/room-versions.js";
import { StateMap } from "../../matrix/state-map.js";
import type { PublicRooms } from "../../services/public-rooms.js";
import type { CreatedRoom } from "../../services/rooms.js";
import type { Server } from "../../services/server.js";
import type { Caller } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import type { Storage } from "../storage.js";
import type { Administrators } from "./administrators.js";
import type { Directory } from "./directory.js";
import type { EventDraft, Events } from "./events.js";
import type { Memberships } from "./memberships.js";
import { readRoomRequest, type InitialState, type RoomRequest } from "./room-request.js";
import type { ThreepidInvites } from "./threepid-invites.js";

/** Options for creating a room. @public */
export interface RoomCreationOptions {
  readonly ratelimit?: boolean;
  /** `displayname` and `avatar_url` of the creator's membership, in place of the creator's profile. */
  readonly creatorJoinProfile?: JsonObject;
}

/** A room that has an id, and no events yet. */
interface NewRoom {
  readonly roomId: RoomId;
  /** The create event, if the id is made of it; else what it will be. */
  readonly create: RoomEvent | EventDraft;
}

/** Creates rooms. @public */
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
   * the room id exists, from version 12 on with the create event; `checkVisibilityCanBeModified`; the alias; the events, each with `checkEventAllowed`; invites.
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

    const [create, ...others] = firstEvents(request, caller, alias);
    const room = await this.open(caller, request.version, create!.content);
    const { roomId } = room;
    await this.#checkVisibility(roomId, request, caller);
    if (alias) await this.parts.directory.createAlias(caller, alias, roomId, { checkMembership: false });
    if (request.visibility === "public") await this.parts.publicRooms.addRoomToPublicRoomList(roomId);

    await this.sendFirstEvents(caller, room, others, options.creatorJoinProfile);
    await this.#sendInvites(caller, roomId, request, options);
    return { roomId, alias: alias?.toString() ?? null };
  }

  /** An id for a room of a version before 12. */
  newRoomId(): RoomId {
    return `!${randomBytes(12).toString("base64url")}:${this.parts.server.serverName}`;
  }

  /**
   * Stores the id of a room that has no events yet. From version 12 on it is that of the create event, which is made,
   * and asked about, before there is an id.
   */
  async open(
    caller: Caller,
    version: string,
    content: JsonObject,
    newRoomId: RoomId = this.newRoomId(),
  ): Promise<NewRoom> {
    const creator = caller.requester.userId;
    const rules = roomVersionOf(version);
    const draft = {
      type: "m.room.create",
      sender: creator,
      stateKey: "",
      content: { ...content, ...(rules.namesCreator && { creator }), room_version: version },
    };
    const isNamed = rules.roomIds === "named";
    const options = { newRoomVersion: version };
    const create = isNamed ? null : await this.parts.events.create(caller, { ...draft, roomId: null }, options);
    const roomId = create?.roomId ?? newRoomId;
    const row = { roomId, version, creator, isPublic: false, isBlocked: false, lastEventId: null, depth: 0 };
    await this.parts.storage.rooms.put(row);
    return { roomId, create: create ?? { ...draft, roomId } };
  }

  /**
   * The create event, the creator's join, then the rest, one after the other. `checkEventForSpam` and `userMayJoinRoom`
   * aren't asked about the events of a new room.
   */
  async sendFirstEvents(
    caller: Caller,
    { roomId, create }: NewRoom,
    others: readonly InitialState[],
    joinProfile: JsonObject = {},
  ): Promise<void> {
    const { events, memberships } = this.parts;
    const target = caller.requester.userId;
    const send = async (draft: EventDraft) => events.accept(caller, await events.create(caller, draft));
    if (create instanceof RoomEvent) await events.accept(caller, create);
    else await send(create);
    await memberships.change(caller, { roomId, target, membership: "join", content: joinProfile, isNewRoom: true });
    for (const state of others) await send({ roomId, sender: target, ...state });
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
  const { creatorsOutrank } = roomVersionOf(request.version);
  const state = (type: string, content: JsonObject): InitialState => ({ type, stateKey: "", content });
  const own = [
    state("m.room.create", creatorsOutrank ? withCreators(request.creationContent, trusted) : request.creationContent),
    state("m.room.power_levels", {
      ...(creatorsOutrank ? POWER_LEVELS_BELOW_CREATORS : DEFAULT_POWER_LEVELS),
      users: creatorsOutrank ? {} : Object.fromEntries([creator, ...trusted].map((userId) => [userId, 100])),
      ...request.powerLevels,
    }),
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

function withCreators(content: JsonObject, trusted: readonly UserId[]): JsonObject {
  const { additional_creators: others = [] } = content;
  if (trusted.length === 0 || !Array.isArray(others)) return content;
  return { ...content, additional_creators: Array.from(new Set([...others, ...trusted])) };
}

const DEFAULT_POWER_LEVELS = {
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

/** Only creators replace a room. */
const POWER_LEVELS_BELOW_CREATORS = {
  ...DEFAULT_POWER_LEVELS,
  events: { ...DEFAULT_POWER_LEVELS.events, "m.room.tombstone": 150 },
};
