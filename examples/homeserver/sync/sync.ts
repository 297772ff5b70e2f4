import type { EventId, HookContext, JsonObject, Requester, RoomEvent, RoomEventDict, RoomId, UserId } from "ligand";
import type { Caller, Homeserver } from "ligand/homeserver";
import { DeviceMailbox, type DeviceNews } from "./device-mailbox.js";
import { Ephemeral, receiptEvents, typingEvents, type EphemeralEvent } from "./ephemeral.js";
import { EventFilter } from "./filter.js";
import { isForgotten } from "./forgotten.js";
import type { Wakeups } from "../wakeups.js";
import { Position } from "./position.js";
import { visibleEvents } from "./visible-events.js";

/** What a client asks for. */
export interface SyncRequest {
  /** Where the last sync ended; without it, all is new. */
  readonly since: Position | undefined;
  /** How long to wait for news. */
  readonly timeoutMs: number;
  /** Whether the whole state of every room is wanted. */
  readonly fullState: boolean;
  readonly filter: JsonObject;
}

/** The body of `GET /sync`. */
export interface SyncResponse extends DeviceNews {
  readonly next_batch: string;
  readonly rooms: {
    readonly join: Record<RoomId, JoinedRoom>;
    readonly invite: Record<RoomId, { readonly invite_state: { readonly events: readonly StrippedEvent[] } }>;
    readonly leave: Record<RoomId, RoomUpdate>;
  };
  readonly presence: { readonly events: readonly object[] };
  readonly account_data: { readonly events: readonly AccountData[] };
}

interface RoomUpdate {
  readonly timeline: { readonly events: readonly object[]; readonly limited: boolean; readonly prev_batch: string };
  readonly state: { readonly events: readonly object[] };
}

interface JoinedRoom extends RoomUpdate {
  readonly account_data: { readonly events: readonly AccountData[] };
  readonly ephemeral: { readonly events: readonly EphemeralEvent[] };
}

interface AccountData {
  readonly type: string;
  readonly content: JsonObject;
}

type StrippedEvent = Pick<RoomEvent, "type" | "sender"> & { readonly state_key: string; readonly content: unknown };

/** The state by which a client shows an invite. */
const INVITE_STATE = ["create", "join_rules", "name", "avatar", "topic", "canonical_alias", "encryption"];

/** What wakes those who wait for news; see {@link Wakeups}. */
export const NEWS = "news";

/** What is new for a device. (Matrix specification, "Syncing".) */
export class Sync {
  readonly ephemeral: Ephemeral;
  readonly mailbox: DeviceMailbox;

  constructor(
    private readonly homeserver: Homeserver,
    private readonly wakeups: Wakeups,
  ) {
    this.ephemeral = new Ephemeral(homeserver);
    this.mailbox = new DeviceMailbox(homeserver);
  }

  /** Answers immediately if there is something new; otherwise waits for news. */
  async read(caller: Caller, request: SyncRequest, signal: AbortSignal): Promise<SyncResponse> {
    const end = Date.now() + request.timeoutMs;
    const mayWait = request.since !== undefined && !request.fullState;
    for (;;) {
      const read = new AbortController();
      // That a user's typing is over is news without an event.
      const typingEndMs = await this.ephemeral.nextTypingEndMs();
      const waiting = this.wakeups.wait(NEWS, {
        timeoutMs: Math.min(end - Date.now(), typingEndMs),
        signal: AbortSignal.any([signal, read.signal]),
      });
      try {
        const response = await this.#readNow(caller, request);
        if (!mayWait || !isEmpty(response)) return response;
        const result = await waiting;
        const isOver = result !== "woken" && (result !== "timeout" || Date.now() >= end);
        if (isOver) return response;
      } finally {
        read.abort();
      }
    }
  }

  async #readNow({ requester, context }: Caller, request: SyncRequest): Promise<SyncResponse> {
    const { userId, deviceId } = requester;
    const since = request.since ?? Position.start;
    const part = (...path: string[]) => EventFilter.part(request.filter, ...path);

    const { members, end } = await this.#snapshot(userId, since.events);
    const accountData = await this.homeserver.storage.accountData.find({ userId }, { stream: since.accountData });
    const receipts = await this.homeserver.storage.receipts.find({}, { stream: since.receipts });
    const typing = await this.ephemeral.typing();
    const { news, devices, toDevice } = await this.mailbox.read(userId, deviceId, members, since);
    const presence = await this.homeserver.presence.read(userId, deviceId ?? "", since.presence, context);

    const rooms: SyncResponse["rooms"] = { join: {}, invite: {}, leave: {} };
    for (const member of members) {
      const { roomId } = member;
      if (!part("room").matchesRoom(roomId)) continue;
      const update = new RoomSync(this.homeserver, requester, member, { since: since.events, end }, request, context);
      if (member.membership === "join") {
        const ofRoom = part("room", "account_data");
        const events = dataOf(accountData.filter((row) => row.roomId === roomId && ofRoom.matches(row)));
        const inRoom = (row: { readonly roomId: RoomId }) => row.roomId === roomId;
        const ephemeral = [
          ...receiptEvents(receipts.filter(inRoom), userId),
          ...typingEvents(typing.filter(inRoom), since.typing),
        ].filter((event) => part("room", "ephemeral").matches(event));
        const joined = { ...(await update.read()), account_data: { events }, ephemeral: { events: ephemeral } };
        const { timeline, state } = joined;
        const isNew = [timeline.events, state.events, events, ephemeral].some((list) => list.length > 0);
        if (isNew || request.since === undefined || request.fullState) rooms.join[roomId] = joined;
      } else if (member.membership === "invite") {
        if (placeOf(member) > since.events) rooms.invite[roomId] = { invite_state: await this.#inviteState(member) };
      } else if (placeOf(member) > since.events) {
        const wantsLeft = request.since !== undefined || part("room").includeLeave;
        if (wantsLeft && !(await isForgotten(this.homeserver, member))) rooms.leave[roomId] = await update.read();
      }
    }
    const global = accountData.filter((row) => row.roomId === "" && part("account_data").matches(row));
    const states = presence.states.filter((state) =>
      part("presence").matches({ type: "m.presence", sender: state.userId }),
    );
    return {
      next_batch: new Position(
        end,
        presence.next,
        latest(since.accountData, accountData),
        latest(since.receipts, receipts),
        latest(since.typing, typing),
        devices,
        toDevice,
      ).toString(),
      rooms,
      presence: { events: states.map((state) => this.#presenceEvent(state)) },
      account_data: { events: dataOf(global) },
      ...news,
    };
  }

  /** The user's memberships, and a place among the events at which they are these. */
  async #snapshot(userId: UserId, since: number): Promise<{ members: RoomEvent[]; end: number }> {
    const { store, storage } = this.homeserver;
    for (;;) {
      const members = await store.memberEventsOf(userId);
      const rooms = await Promise.all(members.map(({ roomId }) => storage.rooms.get({ roomId })));
      const lastIds = rooms.map((room) => room?.lastEventId ?? null).filter((id): id is EventId => id !== null);
      const last = await Promise.all(lastIds.map((id) => store.find(id)));
      const end = Math.max(since, ...[...members, ...last].map((event) => (event ? placeOf(event) : 0)));
      const again = await store.memberEventsOf(userId);
      if (members.length === again.length && members.every((event, i) => event.eventId === again[i]!.eventId)) {
        return { members, end };
      }
    }
  }

  async #inviteState(invite: RoomEvent): Promise<{ events: StrippedEvent[] }> {
    const state = await this.homeserver.store.state(invite.roomId);
    const shown = INVITE_STATE.flatMap((name) => state.get(`m.room.${name}`) ?? []);
    const inviter = state.get("m.room.member", invite.sender);
    return { events: [...shown, ...(inviter ? [inviter] : []), invite].map(stripped) };
  }

  #presenceEvent(state: Awaited<ReturnType<Homeserver["presence"]["read"]>>["states"][number]): object {
    const content = {
      presence: state.state,
      currently_active: state.currentlyActive,
      last_active_ago: this.homeserver.clock.nowMs() - state.lastActiveTs,
      ...(state.statusMsg !== null && { status_msg: state.statusMsg }),
    };
    return { type: "m.presence", sender: state.userId, content };
  }
}

/** The part of a response for one room that a user is in, or has left. */
class RoomSync {
  constructor(
    private readonly homeserver: Homeserver,
    private readonly requester: Requester,
    private readonly member: RoomEvent,
    private readonly between: { readonly since: number; readonly end: number },
    private readonly request: SyncRequest,
    private readonly context: HookContext,
  ) {}

  async read(): Promise<RoomUpdate> {
    const { since, end } = this.between;
    const { roomId, membership } = this.member;
    const hasLeft = membership !== "join";
    const until = hasLeft ? placeOf(this.member) : end;
    const news = (await this.homeserver.store.timeline(roomId, since)).filter((event) => placeOf(event) <= until);
    // Who was not in the room when the last sync ended knows nothing of it.
    const comesAnew = news.some((event) => this.#isOwn(event) && event.membership === "join");
    const needsAll = comesAnew || hasLeft || this.request.fullState || this.request.since === undefined;
    const all = needsAll
      ? (await this.homeserver.store.timeline(roomId)).filter((event) => placeOf(event) <= until)
      : news;
    const wasJoined = all.findLast((event) => this.#isOwn(event) && placeOf(event) <= since)?.membership === "join";
    const isKnown = this.request.since !== undefined && (wasJoined || !comesAnew);

    const filter = EventFilter.part(this.request.filter, "room", "timeline");
    const visible = needsAll ? visibleEvents(all, this.requester.userId) : all.filter(isShown);
    const unseen = (isKnown ? visible.filter((event) => placeOf(event) > since) : visible).filter((e) =>
      filter.matches(e),
    );
    const timeline = filter.limit === 0 ? [] : unseen.slice(-filter.limit);
    const limited = timeline.length < unseen.length;

    const first = timeline[0];
    const start = first ? placeOf(first) - 1 : until;
    // The state before the timeline: all of it, or what has changed since the client knew it.
    const from = isKnown && !this.request.fullState ? since : 0;
    const maySee = hasLeft && !visible.some((event) => !this.#isOwn(event)) ? [] : all;
    const changed = maySee.filter((event) => isShown(event) && placeOf(event) > from && placeOf(event) <= start);
    return {
      timeline: {
        events: await this.#serialise(timeline),
        limited,
        prev_batch: Position.ofEvents(start).toString(),
      },
      state: { events: await this.#serialise(this.#latestState(changed)) },
    };
  }

  #latestState(events: readonly RoomEvent[]): RoomEvent[] {
    const filter = EventFilter.part(this.request.filter, "room", "state");
    const state = new Map<string, RoomEvent>();
    for (const event of events) {
      if (event.isState()) state.set(JSON.stringify([event.type, event.stateKey]), event);
    }
    return Array.from(state.values()).filter((event) => filter.matches(event));
  }

  async #serialise(events: readonly RoomEvent[]): Promise<object[]> {
    const dicts = await this.homeserver.clientEvents.serialise(events, this.requester, this.context);
    return dicts.map(({ room_id: _, ...dict }: RoomEventDict) => dict);
  }

  #isOwn(event: RoomEvent): boolean {
    return event.type === "m.room.member" && event.stateKey === this.requester.userId;
  }
}

function isShown({ internalMetadata }: RoomEvent): boolean {
  return !internalMetadata.softFailed;
}

function stripped({ type, sender, stateKey = "", content }: RoomEvent): StrippedEvent {
  return { type, sender, state_key: stateKey, content };
}

function dataOf(rows: readonly AccountData[]): AccountData[] {
  return rows.map(({ type, content }) => ({ type, content }));
}

function latest(since: number, rows: readonly { readonly stream: number }[]): number {
  return Math.max(since, ...rows.map(({ stream }) => stream));
}

function placeOf(event: RoomEvent): number {
  return event.internalMetadata.streamOrdering ?? 0;
}

function isEmpty(response: SyncResponse): boolean {
  const ofRooms = Object.values(response.rooms).flatMap((room: object) => Object.keys(room));
  const { presence, account_data: data, to_device: messages, device_lists: lists } = response;
  return [ofRooms, presence.events, data.events, messages.events, lists.changed].every((list) => list.length === 0);
}
