import type { Hooks } from "../../catalogue/index.js";
import { ModuleFailedError } from "../../errors/module-failed-error.js";
import { Codes } from "../../matrix/codes.js";
import type { EventId, RoomId, UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { RoomEvent, type InternalMetadata, type RoomEventDict } from "../../matrix/room-event.js";
import { StateMap } from "../../matrix/state-map.js";
import type { StateSelection } from "../../matrix/state-selection.js";
import type { Clock } from "../../services/clock.js";
import type { Server } from "../../services/server.js";
import type { BackgroundWork } from "../background-work.js";
import type { Caller } from "../caller.js";
import { canonicalJson } from "../canonical-json.js";
import { throwIfDenied } from "../denied.js";
import { contentHashOf, eventIdOf } from "../event-hash.js";
import { ShadowBanError } from "../shadow-ban-error.js";
import type { Storage } from "../storage.js";
import { authoriseEvent, membershipIn, powerOf, powerToDo, validateEvent } from "./event-rules.js";
import type { EventStore } from "./event-store.js";
import type { Pushes } from "./pushes.js";

/** An event that hasn't been built yet. */
export interface EventDraft {
  readonly roomId: RoomId;
  readonly type: string;
  readonly sender: UserId;
  readonly stateKey?: string | undefined;
  readonly content: JsonObject;
}

/** Options for sending an event. */
export interface SendOptions {
  /** True for the homeserver's own services, which send for shadow-banned users, too. */
  readonly ignoreShadowBan?: boolean;
}

/** Options for building an event. */
export interface CreateOptions {
  /** True for another server, whose user sends it: the sender of a replacement needn't be local. */
  readonly isTemplate?: boolean;
}

/** Creates events: builds them, asks modules about them, authorises, stores and announces them. */
export class Events {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker" | "thirdPartyRules">;
      readonly storage: Pick<Storage, "transactions">;
      readonly clock: Clock;
      readonly server: Server;
      readonly background: BackgroundWork;
      readonly store: EventStore;
      readonly pushes: Pushes;
    },
  ) {}

  /** `PUT …/send/{type}`: a message. */
  async send(caller: Caller, roomId: RoomId, type: string, content: JsonObject): Promise<RoomEvent> {
    return this.sendNonMember(caller, { roomId, type, content, sender: caller.requester.userId });
  }

  /** The event that this device has already sent with this transaction id; null for a new one. */
  async sentBefore({ requester, txnId }: Caller, roomId: RoomId): Promise<EventId | null> {
    if (txnId === undefined) return null;
    const { userId, deviceId } = requester;
    const { transactions } = this.parts.storage;
    return (await transactions.get({ userId, deviceId: deviceId ?? "", roomId, txnId }))?.eventId ?? null;
  }

  /** `PUT …/redact/{eventId}`. */
  async redact(caller: Caller, roomId: RoomId, redacts: EventId, reason?: string): Promise<RoomEvent> {
    const [state, target] = await Promise.all([this.parts.store.state(roomId), this.parts.store.find(redacts)]);
    const { userId } = caller.requester;
    if (target?.sender !== userId && powerOf(state, userId) < powerToDo(state, "redact")) {
      throw new MatrixError(403, "You may not redact this event", Codes.FORBIDDEN);
    }
    const content = { redacts, ...(reason !== undefined && { reason }) };
    return this.send(caller, roomId, "m.room.redaction", content);
  }

  /** The path of every event that isn't a membership, except those of a new room. */
  async sendNonMember(caller: Caller, draft: EventDraft, { ignoreShadowBan }: SendOptions = {}): Promise<RoomEvent> {
    if (caller.requester.shadowBanned && !ignoreShadowBan) throw new ShadowBanError();
    const event = await this.create(caller, draft);
    const verdict = await this.parts.hooks.spamChecker.checkEventForSpam(event, caller.context);
    throwIfDenied(verdict, "This message was rejected as probable spam");
    return (await this.#unchangedState(event)) ?? this.accept(caller, event);
  }

  /** Builds an event, asks `checkEventAllowed` about it, and checks its form. Doesn't store it. */
  async create(caller: Caller, draft: EventDraft, { isTemplate = false }: CreateOptions = {}): Promise<RoomEvent> {
    const built = await this.#build(draft, caller);
    const { thirdPartyRules } = this.parts.hooks;
    const state = (wanted?: StateSelection) => this.parts.store.state(draft.roomId, wanted);
    const [allowed, replacement] = await thirdPartyRules.checkEventAllowed(built, state, caller.context);
    if (!allowed) throw new MatrixError(403, "This event isn't allowed in this context", Codes.FORBIDDEN);
    const event =
      replacement === null ? built : await this.#rebuild(built, replacement as RoomEventDict, caller, isTemplate);
    validateEvent(event);
    return event;
  }

  /** Authorises an event against the current state, stores it, and announces it in the background. */
  async accept(caller: Caller, event: RoomEvent): Promise<RoomEvent> {
    authoriseEvent(event, await this.parts.store.state(event.roomId));
    const stored = await this.parts.store.append(event);
    // It's stored, so it no longer matters whether its client has disconnected.
    const { signal: _, ...context } = caller.context;
    this.parts.background.start(`announce ${stored.eventId}`, () => this.announce(stored, { context }));
    return stored;
  }

  /** Notifies modules, and then the users' devices, of a stored event. */
  async announce(event: RoomEvent, { context }: Pick<Caller, "context">): Promise<void> {
    const { thirdPartyRules } = this.parts.hooks;
    const { outOfBandMembership } = event.internalMetadata;
    // The state of a room that this server isn't in isn't known.
    const state = (wanted?: StateSelection) =>
      outOfBandMembership ? new StateMap<RoomEvent>() : this.parts.store.state(event.roomId, wanted);
    await thirdPartyRules.onNewEvent(event, state, context);
    await this.parts.pushes.pushFor(event, context);
  }

  /** Sending existing state again changes nothing; but modules are asked, because they may change it. */
  async #unchangedState({ roomId, type, stateKey, sender, content }: RoomEvent): Promise<RoomEvent | null> {
    if (stateKey === undefined) return null;
    const current = await this.parts.store.stateEvent(roomId, type, stateKey);
    const isSame = current?.sender === sender && canonicalJson(current.content) === canonicalJson(content);
    return isSame ? current : null;
  }

  async #build(draft: EventDraft, caller: Caller, metadata: InternalMetadata = {}): Promise<RoomEvent> {
    const { store, clock, server } = this.parts;
    const room = await store.room(draft.roomId);
    const state = await store.state(draft.roomId);
    const authTypes = ["m.room.create", "m.room.power_levels", "m.room.join_rules"];
    const authEvents = [...authTypes.map((type) => state.get(type)), state.get("m.room.member", draft.sender)];
    const unhashed: RoomEventDict = {
      room_id: draft.roomId,
      type: draft.type,
      sender: draft.sender,
      ...(draft.stateKey !== undefined && { state_key: draft.stateKey }),
      content: draft.content,
      origin_server_ts: clock.nowMs(),
      depth: room.depth + 1,
      prev_events: room.lastEventId ? [room.lastEventId] : [],
      auth_events: authEvents.filter((event) => event !== undefined).map(({ eventId }) => eventId),
    };
    const hashed = { ...unhashed, hashes: { sha256: contentHashOf(unhashed) } };
    const { deviceId } = caller.requester;
    const sent = { ...(deviceId !== null && { deviceId }), ...(caller.txnId !== undefined && { txnId: caller.txnId }) };
    return new RoomEvent(
      { ...hashed, event_id: eventIdOf(hashed), signatures: { [server.serverName]: {} }, unsigned: {} },
      { roomVersion: room.version, internalMetadata: { ...sent, ...metadata } },
    );
  }

  /**
   * Builds the event that a module returned as a replacement. Its room, type and state key must not change.
   *
   * @throws {ModuleFailedError} when one of them does: the client sees a 500.
   */
  async #rebuild(
    original: RoomEvent,
    replacement: RoomEventDict,
    caller: Caller,
    isTemplate: boolean,
  ): Promise<RoomEvent> {
    for (const key of ["room_id", "type", "state_key"] as const) {
      if (replacement[key] !== original.get(key)) {
        throw new ModuleFailedError(`checkEventAllowed changed the ${key} of an event; a replacement must keep it`);
      }
    }
    const isOurs = typeof replacement.sender === "string" && this.parts.server.isMine(replacement.sender);
    if (!isOurs && !isTemplate) {
      throw new ModuleFailedError("checkEventAllowed returned an event whose sender isn't a user of this server");
    }
    if (typeof replacement.content !== "object" || replacement.content === null) {
      throw new ModuleFailedError("checkEventAllowed returned an event without content; expected an object");
    }
    const { roomId, type, stateKey, internalMetadata } = original;
    const { sender, content } = replacement;
    return this.#build({ roomId, type, stateKey, sender, content }, caller, internalMetadata);
  }

  /** Refuses a user who isn't in a room, before checking anything else about the request. */
  async requireJoined(roomId: RoomId, userId: UserId): Promise<StateMap<RoomEvent>> {
    const state = await this.parts.store.state(roomId);
    if (membershipIn(state, userId) !== "join") {
      throw new MatrixError(403, `User ${userId} isn't in room ${roomId}`, Codes.FORBIDDEN);
    }
    return state;
  }
}
