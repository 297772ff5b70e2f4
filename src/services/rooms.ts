import type { Logger } from "winston";
import { LigandError } from "../errors/ligand-error.js";
import { ParsedUserId, RoomAlias, type EventId, type RoomId, type UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import { MatrixError, NotFoundError } from "../matrix/matrix-error.js";
import { EVENT_PRIVACY, type Privacy } from "../matrix/privacy.js";
import type { ProfileInfo } from "../matrix/records.js";
import type { RoomEvent, RoomEventDict } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";
import { assertJson } from "./assert-json.js";
import { lookUpAlias, type ResolvedAlias } from "./look-up-alias.js";
import type { Server } from "./server.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** Pairs of event type and state key that select from a state; a null key selects all. @public */
export type StateFilter = Iterable<readonly [type: string, stateKey: string | null]>;

/** A change of membership. (Matrix specification, "Room membership".) @public */
export type Membership = "invite" | "join" | "knock" | "leave" | "ban";

/** Options of a change of membership. @public */
export interface MembershipOptions {
  /** The content of the membership event, beside `membership`. */
  readonly content?: JsonObject;
  /** Servers to join through, if this server isn't in the room. */
  readonly remoteRoomHosts?: readonly string[];
}

/** A change of membership with everything known about it. @public */
export interface MembershipChange {
  readonly sender: UserId;
  readonly target: UserId;
  readonly roomId: RoomId;
  readonly membership: Membership;
  readonly content: JsonObject;
  readonly remoteRoomHosts: readonly string[];
}

/** Options of a new room. @public */
export interface CreateRoomOptions {
  /** True by default. */
  readonly ratelimit?: boolean;
  /** `displayname` and `avatar_url` of the creator's membership, in place of the creator's profile. */
  readonly creatorJoinProfile?: JsonObject;
}

/** A room that was created. @public */
export interface CreatedRoom {
  readonly roomId: RoomId;
  readonly alias: string | null;
}

/** Pairs of event type and state key. */
const STATE_PAIRS = { "*": { 0: "public", 1: "personal" } } as const satisfies Privacy;

const REQUIRED_KEYS = ["type", "room_id", "sender", "content"] as const;

/** Changes rooms, their state and their events. Every change runs the same checks and hooks as a client's. @public */
export abstract class Rooms {
  static readonly declaration: ServiceDeclaration<Rooms> = {
    runsIn: "homeserver",
    methods: {
      // By way of `getRoomState`, whose result crosses to another process in pieces.
      getStateEventsInRoom: {
        does: "reads",
        takes: ["personal", STATE_PAIRS],
        returns: { "*": EVENT_PRIVACY },
        runsIn: "module",
      },
      getRoomState: { does: "reads", takes: ["personal", STATE_PAIRS], returns: { "*": EVENT_PRIVACY } },
      updateRoomMembership: {
        does: "acts",
        takes: ["personal", "personal", "personal", "public"],
        returns: EVENT_PRIVACY,
      },
      createAndSendEventIntoRoom: { does: "acts", takes: [EVENT_PRIVACY], returns: EVENT_PRIVACY },
      createRoom: { does: "acts", takes: ["personal"], returns: { roomId: "personal", alias: "personal" } },
      deleteRoom: { does: "acts", takes: ["personal"], returns: "nothing" },
      getCanonicalRoomAlias: { does: "reads", takes: ["personal"], returns: "personal" },
      lookupRoomAlias: { does: "reads", takes: ["personal"], returns: { roomId: "personal", hosts: "public" } },
    },
  };

  protected abstract readonly server: Server;
  protected abstract readonly logger: Logger;

  /**
   * The state events of a room that `types` selects; **empty `types` select nothing**. Waits until the full state is
   * known. (`get_state_events_in_room`, 1.22.)
   */
  async getStateEventsInRoom(roomId: RoomId, types: StateFilter): Promise<readonly RoomEvent[]> {
    const filter = [...types];
    return filter.length === 0 ? [] : [...(await this.getRoomState(roomId, filter)).values()];
  }

  /**
   * The state of a room; **an absent or empty filter selects everything**. Empty for an unknown room.
   * (`get_room_state`, 1.47.)
   */
  async getRoomState(roomId: RoomId, eventFilter: StateFilter = []): Promise<StateMap<RoomEvent>> {
    const filter = [...eventFilter];
    return this.readState(roomId, filter.length === 0 ? null : filter);
  }

  /**
   * Changes a membership as `sender`: invite, join, kick, leave, ban, knock. A `displayname` or `avatar_url` missing from
   * the content is taken from the target's profile; if that can't be fetched, from the target's localpart. Unlike
   * Synapse, it doesn't change the content you pass. (`update_room_membership`, 1.46.)
   *
   * @returns the membership event.
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when the sender isn't local.
   * @throws {MatrixError} what the checks and hooks throw; 404 when the event can't be loaded afterwards.
   */
  async updateRoomMembership(
    sender: UserId,
    target: UserId,
    roomId: RoomId,
    membership: Membership,
    { content = {}, remoteRoomHosts = [] }: MembershipOptions = {},
  ): Promise<RoomEvent> {
    this.#checkLocal(sender);
    assertJson(content, "the content of the membership");
    const whole = await this.#withProfile(ParsedUserId.fromString(target), content);
    const eventId = await this.changeMembership({
      sender,
      target,
      roomId,
      membership,
      content: whole,
      remoteRoomHosts,
    });
    const event = await this.findEvent(eventId);
    if (event === null) throw new NotFoundError(`Event ${eventId} doesn't exist`);
    return event;
  }

  /**
   * Sends an event as its `sender`, who must be joined, without rate limit, whether or not the sender is shadow-banned.
   * If the state already holds an equal event, that one is returned. (`create_and_send_event_into_room`, 1.22.)
   *
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when `type`, `room_id`, `sender` or `content` is missing.
   * @throws {MatrixError} 500 for a membership event (use {@link Rooms.updateRoomMembership}); what the checks throw.
   */
  async createAndSendEventIntoRoom(event: RoomEventDict): Promise<RoomEvent> {
    const missing = REQUIRED_KEYS.filter((key) => event[key] === undefined);
    if (missing.length > 0) {
      throw new LigandError("LIGAND_ARGUMENT_INVALID", `the event is missing ${missing.join(", ")}`);
    }
    if (event.type === "m.room.member") {
      throw new MatrixError(500, "Membership events can't be sent this way; use updateRoomMembership()");
    }
    assertJson(event, "the event");
    return this.sendEvent(event);
  }

  /**
   * Creates a room as a user would with `POST /createRoom`. (`create_room`, 1.65.)
   *
   * @param config the body of that request.
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when the user isn't local.
   * @throws {MatrixError} what the checks and hooks throw.
   */
  async createRoom(userId: UserId, config: JsonObject, options: CreateRoomOptions = {}): Promise<CreatedRoom> {
    this.#checkLocal(userId);
    assertJson(config, "the configuration of the room");
    return this.makeRoom(userId, config, { ratelimit: true, ...options });
  }

  /**
   * Schedules the shutdown and purge of a room, and returns before it happens; `checkCanShutdownRoom` is asked when it does.
   * (`delete_room`, 1.89.)
   *
   * @throws {MatrixError} 400 when the room is already being deleted.
   */
  abstract deleteRoom(roomId: RoomId): Promise<void>;

  /**
   * The canonical alias of a room; null for an unknown room and for one without an alias. (`get_canonical_room_alias`, 1.86.)
   *
   * @throws {MatrixError} 400 `M_INVALID_PARAM` when the stored alias is malformed.
   */
  async getCanonicalRoomAlias(roomId: RoomId): Promise<RoomAlias | null> {
    const state = await this.readState(roomId, [["m.room.canonical_alias", ""]]);
    const alias = state.get("m.room.canonical_alias")?.content.alias;
    return typeof alias === "string" && alias !== "" ? RoomAlias.fromString(alias) : null;
  }

  /**
   * The room of an alias, local or remote; the alias's own server is first among the hosts.
   * (`lookup_room_alias`, 1.65.)
   *
   * @throws {MatrixError} 400 `M_INVALID_PARAM` for a malformed alias; 404 `M_NOT_FOUND` for an unknown one.
   */
  async lookupRoomAlias(alias: string): Promise<ResolvedAlias> {
    return lookUpAlias(alias, (parsed) => this.resolveAlias(parsed));
  }

  /** The state of a room, once it's known in full: what the filter selects, or everything for null. */
  protected abstract readState(
    roomId: RoomId,
    filter: readonly (readonly [type: string, stateKey: string | null])[] | null,
  ): Promise<StateMap<RoomEvent>>;

  /** Changes a membership, with all checks and hooks. */
  protected abstract changeMembership(change: MembershipChange): Promise<EventId>;

  /** An event by its id, or null. */
  protected abstract findEvent(eventId: EventId): Promise<RoomEvent | null>;

  /** The profile of any user, fetched from the user's server if need be; throws when it can't be had. */
  protected abstract fetchProfile(user: ParsedUserId): Promise<ProfileInfo>;

  /** Sends an event with the server as the authenticated entity, with all checks and hooks. */
  protected abstract sendEvent(event: RoomEventDict): Promise<RoomEvent>;

  /** Creates a room for a local user, with all checks and hooks. */
  protected abstract makeRoom(
    userId: UserId,
    config: JsonObject,
    options: CreateRoomOptions & { readonly ratelimit: boolean },
  ): Promise<CreatedRoom>;

  /** Asks the directory of the alias's server; null for an unknown alias. */
  protected abstract resolveAlias(alias: RoomAlias): Promise<ResolvedAlias | null>;

  #checkLocal(userId: UserId): void {
    if (!this.server.isMine(userId)) {
      throw new LigandError("LIGAND_ARGUMENT_INVALID", `user ${userId} isn't hosted on ${this.server.serverName}`);
    }
  }

  async #withProfile(target: ParsedUserId, content: JsonObject): Promise<JsonObject> {
    if ("displayname" in content && "avatar_url" in content) return content;
    const { displayName, avatarUrl } = await this.#profileOrDefault(target);
    return { displayname: displayName, avatar_url: avatarUrl, ...content };
  }

  async #profileOrDefault(target: ParsedUserId): Promise<ProfileInfo> {
    try {
      return await this.fetchProfile(target);
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      if (error.status !== 404) {
        this.logger.error(`Can't fetch the profile of ${target}; using the localpart`, { error });
      }
      return { displayName: target.localpart, avatarUrl: null };
    }
  }
}
