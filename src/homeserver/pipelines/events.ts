import type { Hooks } from "../../catalogue/index.js";
import { ModuleFailedError } from "../../errors/module-failed-error.js";
import { Codes } from "../../matrix/codes.js";
import type { EventId, RoomId, UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { RoomEvent, type EventReference, type InternalMetadata, type RoomEventDict } from "../../matrix/room-event.js";
import { roomVersionOf, type RoomVersion } from "../../matrix/room-versions.js";
import { StateMap } from "../../matrix/state-map.js";
import type { StateSelection } from "../../matrix/state-selection.js";
import type { Clock } from "../../services/clock.js";
import type { Server } from "../../services/server.js";
import type { BackgroundWork } from "../background-work.js";
import type { Caller } from "../caller.js";
import { canonicalJson } from "../canonical-json.js";
import { throwIfDenied } from "../denied.js";
import { identified } from "../event-hash.js";
import { ShadowBanError } from "../shadow-ban-error.js";
import type { Storage } from "../storage.js";
import { authoriseEvent, membershipIn, powerOf, powerToDo, validateEvent } from "./event-rules.js";
import type { EventStore } from "./event-store.js";
import type { Pushes } from "./pushes.js";

/** An event that hasn't been built yet. @public */
export interface EventDraft {
  /** Null for the create event of a room whose id is made of it. */
  readonly roomId: RoomId | null;
  readonly type: string;
  readonly sender: UserId;
  readonly stateKey?: string | undefined;
  readonly content: JsonObject;
  /** Of a redaction, in rooms before version 11. */
  readonly redacts?: EventId;
}

/** Options for sending an event. @public */
export interface SendOptions {
  /** True for the homeserver's own services, which send for shadow-banned users, too. */
  readonly ignoreShadowBan?: boolean;
}

/** Options for building an event. @public */
export interface CreateOptions {
  /** True for another server, whose user sends it: the sender of a replacement needn't be local. */
  readonly isTemplate?: boolean;
  /** The version of a room that the event begins, where its id is made of the event. */
  readonly newRoomVersion?: string;
}

/** Creates events: builds them, asks modules about them, authorises, stores and announces them. @public */
export class Events {
  #newestRoomMs = 0;

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
    const { redactsInContent } = roomVersionOf((await this.parts.store.room(roomId)).version);
    const content = { ...(redactsInContent && { redacts }), ...(reason !== undefined && { reason }) };
    const draft = { roomId, type: "m.room.redaction", content, sender: userId };
    return this.sendNonMember(caller, redactsInContent ? draft : { ...draft, redacts });
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
  async create(caller: Caller, draft: EventDraft, options: CreateOptions = {}): Promise<RoomEvent> {
    const built = await this.#build(draft, caller, options);
    const { thirdPartyRules } = this.parts.hooks;
    const state = (wanted?: StateSelection) => this.parts.store.state(built.roomId, wanted);
    const [allowed, replacement] = await thirdPartyRules.checkEventAllowed(built, state, caller.context);
    if (!allowed) throw new MatrixError(403, "This event isn't allowed in this context", Codes.FORBIDDEN);
    const event =
      replacement === null ? built : await this.#rebuild(built, replacement as RoomEventDict, caller, options);
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

  async #build(
    draft: EventDraft,
    caller: Caller,
    { newRoomVersion }: CreateOptions,
    metadata: InternalMetadata = {},
  ): Promise<RoomEvent> {
    const { store, clock, server } = this.parts;
    const { roomId, type, sender, stateKey, content, redacts } = draft;
    const room = roomId === null ? { version: newRoomVersion!, depth: 0, lastEventId: null } : await store.room(roomId);
    const version = roomVersionOf(room.version);
    const state = roomId === null ? new StateMap<RoomEvent>() : await store.state(roomId);
    const last = room.lastEventId === null ? null : await store.find(room.lastEventId);
    const dict = {
      ...(roomId !== null && { room_id: roomId }),
      type,
      sender,
      ...(stateKey !== undefined && { state_key: stateKey }),
      ...(redacts !== undefined && { redacts }),
      content,
      origin_server_ts: roomId === null ? this.#momentOfNewRoom() : clock.nowMs(),
      depth: room.depth + 1,
      prev_events: referencesTo(last ? [last] : [], version),
      auth_events: referencesTo(authEventsOf(draft, state, version), version),
    } as RoomEventDict;
    const { deviceId } = caller.requester;
    const sent = { ...(deviceId !== null && { deviceId }), ...(caller.txnId !== undefined && { txnId: caller.txnId }) };
    return new RoomEvent(
      { ...identified(dict, version), signatures: { [server.serverName]: {} }, unsigned: {} },
      { roomVersion: room.version, internalMetadata: { ...sent, ...metadata } },
    );
  }

  /** No two are the same: two rooms begun in one moment would have one create event, and so be one room. */
  #momentOfNewRoom(): number {
    this.#newestRoomMs = Math.max(this.parts.clock.nowMs(), this.#newestRoomMs + 1);
    return this.#newestRoomMs;
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
    options: CreateOptions,
  ): Promise<RoomEvent> {
    for (const key of ["room_id", "type", "state_key"] as const) {
      if (replacement[key] !== original.get(key)) {
        throw new ModuleFailedError(`checkEventAllowed changed the ${key} of an event; a replacement must keep it`);
      }
    }
    const isOurs = typeof replacement.sender === "string" && this.parts.server.isMine(replacement.sender);
    if (!isOurs && !options.isTemplate) {
      throw new ModuleFailedError("checkEventAllowed returned an event whose sender isn't a user of this server");
    }
    if (typeof replacement.content !== "object" || replacement.content === null) {
      throw new ModuleFailedError("checkEventAllowed returned an event without content; expected an object");
    }
    const { type, stateKey, internalMetadata } = original;
    const { sender, content, redacts } = replacement;
    const roomId = options.newRoomVersion === undefined ? original.roomId : null;
    const draft = { roomId, type, stateKey, sender, content, ...(redacts !== undefined && { redacts }) };
    return this.#build(draft, caller, options, internalMetadata);
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

/** (Matrix specification, "Auth events selection".) The create event isn't named where the id of the room names it. */
function authEventsOf(draft: EventDraft, state: StateMap<RoomEvent>, version: RoomVersion): RoomEvent[] {
  if (draft.type === "m.room.create") return [];
  const { type, sender, stateKey, content } = draft;
  const isMember = type === "m.room.member";
  const isEntry = isMember && ["join", "invite", "knock"].includes(content.membership as string);
  const voucher = isMember ? content.join_authorised_via_users_server : undefined;
  const members = new Set([sender, ...(isMember ? [stateKey, voucher] : [])]);
  return [
    version.roomIds === "named" ? state.get("m.room.create") : undefined,
    state.get("m.room.power_levels"),
    isEntry ? state.get("m.room.join_rules") : undefined,
    ...Array.from(members, (member) => state.get("m.room.member", member as string)),
  ].filter((event) => event !== undefined);
}

function referencesTo(events: readonly RoomEvent[], { eventIds }: RoomVersion): EventReference[] {
  return events.map(({ eventId, hashes }) => (eventIds === "named" ? [eventId, hashes as JsonObject] : eventId));
}
