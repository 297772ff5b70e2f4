import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { RoomId, UserId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { RoomEvent, type InternalMetadata, type RoomEventDict } from "../../matrix/room-event.js";
import { roomVersionOf } from "../../matrix/room-versions.js";
import type { StateSelection } from "../../matrix/state-selection.js";
import { NOT_SPAM } from "../../matrix/verdict.js";
import type { Clock } from "../../services/clock.js";
import type { Server } from "../../services/server.js";
import { requesterFor } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import { contentHashOf, identified } from "../event-hash.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import { redactEvent } from "../redact-event.js";
import type { Storage } from "../storage.js";
import type { EventStore } from "./event-store.js";
import type { Events } from "./events.js";
import type { RateLimits } from "./rate-limits.js";

const FEDERATION: HookContext = Object.freeze({ origin: "federation" });

/** Receives what other homeservers send. Signatures aren't checked. @public */
export class Federation {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker" | "thirdPartyRules">;
      readonly storage: Pick<Storage, "rooms">;
      readonly settings: Pick<HomeserverSettings, "blockNonAdminInvites">;
      readonly clock: Clock;
      readonly server: Server;
      readonly rateLimits: RateLimits;
      readonly store: EventStore;
      readonly events: Events;
    },
  ) {}

  /**
   * One event of a transaction. The order: the hash; `checkEventForSpam`, whose denial makes the event a soft-failed
   * skeleton; `shouldDropFederatedEvent`; the event is stored; `onNewEvent`. `checkEventAllowed` is not asked.
   *
   * @returns the stored event; null when it was dropped, which the sender isn't told about.
   */
  async receive(dict: RoomEventDict, context = FEDERATION): Promise<RoomEvent | null> {
    const { hooks, store, events } = this.parts;
    const checked = await this.#checkForSpam(await this.#eventOf(dict), context);
    if (await hooks.spamChecker.shouldDropFederatedEvent(checked, context)) return null;
    const stored = await store.append(checked);
    await events.announce(stored, { context });
    return stored;
  }

  /**
   * An invite for one of our users. The order: `shouldDropFederatedEvent`; the spam checkers' view of the event; whether
   * the room is blocked and who may invite; `federatedUserMayInvite`, which goes on to `userMayInvite`; the form.
   *
   * @throws {MatrixError} 403 for the other server.
   */
  async receiveInvite(dict: RoomEventDict, context = FEDERATION): Promise<RoomEvent> {
    const { hooks, store, settings, rateLimits, server, events } = this.parts;
    const received = await this.#eventOf(dict, { outlier: true, outOfBandMembership: true });
    if (await hooks.spamChecker.shouldDropFederatedEvent(received, context)) {
      throw new MatrixError(403, "The invite was refused");
    }
    const event = await this.#checkForSpam(received, context);
    if (await store.isBlocked(event.roomId)) {
      throw new MatrixError(403, "This room is blocked on this server", Codes.FORBIDDEN);
    }
    if (settings.blockNonAdminInvites) throw new MatrixError(403, "This server accepts no invites", Codes.FORBIDDEN);
    const verdict = await hooks.spamChecker.federatedUserMayInvite(event, context);
    throwIfDenied(verdict, "You may not invite this user");

    const { stateKey: invitee } = event;
    if (event.type !== "m.room.member" || event.membership !== "invite" || invitee === undefined) {
      throw new MatrixError(400, "The event isn't an invite", Codes.BAD_JSON);
    }
    if (!server.isMine(invitee)) throw new MatrixError(400, "The invited user isn't hosted here");
    await rateLimits.checkInvite(undefined, { roomId: event.roomId, invitee: invitee as UserId }, context);
    const stored = await store.append(event);
    await events.announce(stored, { context });
    return stored;
  }

  /**
   * `GET /make_join`, `/make_leave` and `/make_knock`: the event for a user of another server to sign.
   * `checkEventAllowed` is asked, and may replace it.
   */
  async makeTemplate(
    roomId: RoomId,
    userId: UserId,
    membership: "join" | "leave" | "knock",
    context = FEDERATION,
  ): Promise<RoomEventDict> {
    const caller = { requester: requesterFor(userId), context };
    const draft = { roomId, type: "m.room.member", sender: userId, stateKey: userId, content: { membership } };
    const event = await this.parts.events.create(caller, draft, { isTemplate: true });
    const { event_id: _, hashes: __, signatures: ___, unsigned: ____, ...template } = event.getDict();
    return template;
  }

  /**
   * `PUT /send_knock`: the one event of another server that `checkEventAllowed` is asked about. A replacement is
   * ignored.
   *
   * @throws {MatrixError} 403 `M_FORBIDDEN` when a module objects.
   */
  async receiveKnock(dict: RoomEventDict, context = FEDERATION): Promise<RoomEvent> {
    const { hooks, store, events } = this.parts;
    const event = await this.#checkForSpam(await this.#eventOf(dict), context);
    const state = (wanted?: StateSelection) => store.state(event.roomId, wanted);
    const [allowed] = await hooks.thirdPartyRules.checkEventAllowed(event, state, context);
    if (!allowed) throw new MatrixError(403, "This knock isn't allowed", Codes.FORBIDDEN);
    const stored = await store.append(event);
    await events.announce(stored, { context });
    return stored;
  }

  /** Fills in a missing hash, id and depth. */
  async #eventOf(dict: RoomEventDict, internalMetadata: InternalMetadata = {}): Promise<RoomEvent> {
    const { room_id: roomId } = dict as Partial<RoomEventDict>;
    const room = roomId === undefined ? undefined : await this.parts.storage.rooms.get({ roomId });
    const filled: RoomEventDict = {
      origin_server_ts: this.parts.clock.nowMs(),
      depth: (room?.depth ?? 0) + 1,
      prev_events: room?.lastEventId ? [room.lastEventId] : [],
      auth_events: [],
      ...dict,
    };
    // Of a room that is not known here, the form of its id tells what matters.
    const roomVersion = room?.version ?? (roomId?.includes(":") ? "11" : "12");
    return new RoomEvent(identified(filled, roomVersionOf(roomVersion)), { roomVersion, internalMetadata });
  }

  /** What spam checkers deny is kept as a skeleton that no user sees; code and message are dropped. */
  async #checkForSpam(event: RoomEvent, context: HookContext): Promise<RoomEvent> {
    // An event whose content was changed in transit is already a skeleton, so there's nothing to ask about.
    const hash = contentHashOf(event.getDict(), roomVersionOf(event.roomVersion));
    if (event.hashes.sha256 !== hash) return skeletonOf(event, {});
    const verdict = await this.parts.hooks.spamChecker.checkEventForSpam(event, context);
    return verdict === NOT_SPAM ? event : skeletonOf(event, { softFailed: true, spamCheckerSpammy: true });
  }
}

function skeletonOf(event: RoomEvent, metadata: InternalMetadata): RoomEvent {
  return new RoomEvent(redactEvent(event.getDict(), roomVersionOf(event.roomVersion)), {
    roomVersion: event.roomVersion,
    internalMetadata: { ...event.internalMetadata, ...metadata },
  });
}
