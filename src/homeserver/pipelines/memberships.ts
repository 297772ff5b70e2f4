import type { Hooks } from "../../catalogue/index.js";
import { Codes } from "../../matrix/codes.js";
import type { RoomId, UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { MatrixError, NotFoundError } from "../../matrix/matrix-error.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { StateMap } from "../../matrix/state-map.js";
import type { Membership } from "../../services/rooms.js";
import type { Server } from "../../services/server.js";
import type { Caller } from "../caller.js";
import { canonicalJson } from "../canonical-json.js";
import { throwIfDenied } from "../denied.js";
import { domainOf } from "../domain-of.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import type { RemoteServers } from "../remote-servers.js";
import { ShadowBanError } from "../shadow-ban-error.js";
import type { Storage } from "../storage.js";
import type { Administrators } from "./administrators.js";
import type { Directory } from "./directory.js";
import { membershipIn } from "./event-rules.js";
import type { EventStore } from "./event-store.js";
import type { Events } from "./events.js";
import type { RateLimits } from "./rate-limits.js";

/** The requested membership. @public */
export interface MembershipRequest {
  readonly roomId: RoomId;
  readonly target: UserId;
  readonly membership: Membership;
  readonly content?: JsonObject;
  readonly remoteRoomHosts?: readonly string[];
  /** True for the creator's join of a new room, which modules aren't asked about. */
  readonly isNewRoom?: boolean;
  readonly ratelimit?: boolean;
}

/** Changes memberships of local users: invites, joins, leaves, kicks, bans and knocks. @public */
export class Memberships {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker">;
      readonly storage: Pick<Storage, "rooms" | "profiles">;
      readonly settings: Pick<HomeserverSettings, "blockNonAdminInvites">;
      readonly server: Server;
      readonly remote: RemoteServers;
      readonly administrators: Administrators;
      readonly rateLimits: RateLimits;
      readonly store: EventStore;
      readonly events: Events;
      readonly directory: Directory;
    },
  ) {}

  /**
   * Changes a membership. The order: who may invite, the invite limits, duplicates, who may join, then the event with
   * `checkEventAllowed`. `checkEventForSpam` isn't asked about memberships.
   */
  async change(caller: Caller, request: MembershipRequest): Promise<RoomEvent> {
    const { roomId, target, membership } = request;
    const { store, storage } = this.parts;
    if (membership === "invite") await this.#checkInvite(caller, request);

    const state = await store.state(roomId);
    const content = await this.#contentOf(request);
    const current = state.get("m.room.member", target);
    const isDuplicate = current !== undefined && canonicalJson(current.content) === canonicalJson(content);
    if (isDuplicate && membership !== "ban" && membership !== "leave") return current;

    if (membership === "join") {
      await this.#checkJoin(caller, request, state);
      if (!(await storage.rooms.get({ roomId }))) return this.#joinRemotely(request, current, content);
    }
    const sender = caller.requester.userId;
    const event = await this.parts.events.create(caller, {
      roomId,
      type: "m.room.member",
      sender,
      stateKey: target,
      content,
    });
    return this.parts.events.accept(caller, event);
  }

  /** `POST /join/{roomIdOrAlias}`. */
  async join(caller: Caller, roomIdOrAlias: string, remoteRoomHosts: readonly string[] = []): Promise<RoomEvent> {
    const target = caller.requester.userId;
    if (!roomIdOrAlias.startsWith("#")) {
      return this.change(caller, { roomId: roomIdOrAlias as RoomId, target, membership: "join", remoteRoomHosts });
    }
    const { roomId, hosts } = await this.parts.directory.lookUp(roomIdOrAlias);
    return this.change(caller, { roomId, target, membership: "join", remoteRoomHosts: hosts });
  }

  /** Whether the invite is allowed. A spam checker's denial takes precedence over the server's own rule. */
  async #checkInvite(caller: Caller, { roomId, target, ratelimit = true }: MembershipRequest): Promise<void> {
    const { hooks, settings, rateLimits } = this.parts;
    const { requester, context } = caller;
    if (requester.shadowBanned) throw new ShadowBanError();
    if (!(await this.parts.administrators.actsAsAdmin(requester))) {
      const verdict = await hooks.spamChecker.userMayInvite(requester.userId, target, roomId, context);
      throwIfDenied(verdict, "You may not invite this user");
      if (settings.blockNonAdminInvites) {
        throw new MatrixError(403, "Only administrators may invite users", Codes.FORBIDDEN);
      }
    }
    if (ratelimit) await rateLimits.checkInvite(requester, { roomId, invitee: target }, context);
  }

  async #checkJoin(caller: Caller, request: MembershipRequest, state: StateMap<RoomEvent>): Promise<void> {
    const { roomId, target, isNewRoom = false } = request;
    const { requester, context } = caller;
    const before = membershipIn(state, target);
    if (before === "ban") throw new MatrixError(403, `User ${target} is banned from the room`, Codes.FORBIDDEN);
    if (requester.isGuest && state.get("m.room.guest_access")?.content.guest_access !== "can_join") {
      throw new MatrixError(403, "Guests may not join this room", Codes.GUEST_ACCESS_FORBIDDEN);
    }
    if ((await this.parts.store.isBlocked(roomId)) && !isNewRoom) {
      throw new MatrixError(403, "This room is blocked on this server", Codes.FORBIDDEN);
    }
    if (isNewRoom || (await this.parts.administrators.actsAsAdmin(requester))) return;
    const { spamChecker } = this.parts.hooks;
    const verdict = await spamChecker.userMayJoinRoom(target, roomId, before === "invite", context);
    throwIfDenied(verdict, "You may not join this room");
  }

  /** Joins a room that only other servers are in, through the given servers, or the one that sent the invite. */
  async #joinRemotely(
    request: MembershipRequest,
    invite: RoomEvent | undefined,
    content: JsonObject,
  ): Promise<RoomEvent> {
    const { roomId, target, remoteRoomHosts = [] } = request;
    const hosts = remoteRoomHosts.length === 0 && invite ? [domainOf(invite.sender)] : remoteRoomHosts;
    if (hosts.length === 0) throw new NotFoundError("No known server is in the room");
    const eventId = await this.parts.remote.join(roomId, target, content, hosts);
    const event = await this.parts.store.find(eventId);
    if (event === null) throw new NotFoundError(`Event ${eventId} doesn't exist`);
    return event;
  }

  /**
   * Joins and knocks of local users show their profile. Null members are left out, as with those from the profile: a client
   * that joins where a module has joined for it asks for the same membership.
   */
  async #contentOf({ target, membership, content = {} }: MembershipRequest): Promise<JsonObject> {
    const { server, storage } = this.parts;
    const showsProfile = membership === "join" || membership === "knock";
    const profile = showsProfile && server.isMine(target) ? await storage.profiles.get({ userId: target }) : undefined;
    const shown = {
      ...(profile && { displayname: profile.displayName, avatar_url: profile.avatarUrl }),
      ...content,
      membership,
    };
    if (!showsProfile) return shown;
    const isLeftOut = ([key, value]: [string, unknown]) =>
      value === null && (key === "displayname" || key === "avatar_url");
    return Object.fromEntries(Object.entries(shown).filter((entry) => !isLeftOut(entry))) as JsonObject;
  }
}
