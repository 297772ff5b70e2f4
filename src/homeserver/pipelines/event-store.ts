import type { EventId, RoomId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { NotFoundError } from "../../matrix/matrix-error.js";
import { RoomEvent, type InternalMetadata, type RoomEventDict } from "../../matrix/room-event.js";
import { roomVersionOf } from "../../matrix/room-versions.js";
import { StateMap } from "../../matrix/state-map.js";
import type { StateSelection } from "../../matrix/state-selection.js";
import { domainOf } from "../domain-of.js";
import { redactEvent } from "../redact-event.js";
import type { EventRow, RoomRow } from "../room-rows.js";
import type { Storage } from "../storage.js";
import { powerOf, powerToDo } from "./event-rules.js";

/** Stores events and the current state of rooms, as rows. @public */
export class EventStore {
  constructor(private readonly storage: Storage) {}

  /** @throws {NotFoundError} for an unknown room. */
  async room(roomId: RoomId): Promise<RoomRow> {
    const room = await this.storage.rooms.get({ roomId });
    if (!room) throw new NotFoundError(`Room ${roomId} doesn't exist`);
    return room;
  }

  /** Whether an administrator has blocked a room; false for unknown rooms. */
  async isBlocked(roomId: RoomId): Promise<boolean> {
    return (await this.storage.rooms.get({ roomId }))?.isBlocked ?? false;
  }

  async find(eventId: EventId): Promise<RoomEvent | null> {
    const row = await this.storage.events.get({ eventId });
    return row ? eventOf(row) : null;
  }

  /** The events of a room, oldest first; or only those after a place in the stream of all events. */
  async timeline(roomId: RoomId, after?: number): Promise<RoomEvent[]> {
    const rows = await this.storage.events.find({ roomId }, after === undefined ? {} : { streamOrdering: after });
    return rows.sort((one, other) => one.streamOrdering - other.streamOrdering).map(eventOf);
  }

  /** The current state of a room, or the requested part of it; empty for an unknown room. */
  async state(roomId: RoomId, wanted?: StateSelection): Promise<StateMap<RoomEvent>> {
    const matches = wanted?.map(([type, stateKey]) => ({ roomId, type, ...(stateKey !== undefined && { stateKey }) }));
    const entries = await Promise.all((matches ?? [{ roomId }]).map((match) => this.storage.state.find(match)));
    return this.#eventsOf(entries.flat().map(({ eventId }) => eventId));
  }

  /** One entry of the current state. */
  async stateEvent(roomId: RoomId, type: string, stateKey = ""): Promise<RoomEvent | null> {
    const entry = await this.storage.state.get({ roomId, type, stateKey });
    return entry ? this.find(entry.eventId) : null;
  }

  /** A user's memberships, by room. */
  async membershipsOf(userId: string): Promise<Map<RoomId, string>> {
    const events = await this.memberEventsOf(userId);
    return new Map(events.map(({ roomId, membership = "leave" }) => [roomId, membership]));
  }

  /** A user's current membership events, one for each room. */
  async memberEventsOf(userId: string): Promise<RoomEvent[]> {
    const entries = await this.storage.state.find({ type: "m.room.member", stateKey: userId });
    const events = await Promise.all(entries.map(({ eventId }) => this.find(eventId)));
    return events.filter((event) => event !== null);
  }

  /** Stores an event with its place in the stream, and applies it to state and redactions. */
  async append(event: RoomEvent): Promise<RoomEvent> {
    const { internalMetadata: meta } = event;
    const isRedaction = event.type === "m.room.redaction";
    const state = isRedaction ? await this.state(event.roomId) : new StateMap<RoomEvent>();
    return this.storage.transact(async (storage) => {
      const streamOrdering = await storage.next("events");
      const internalMetadata: InternalMetadata = { ...meta, streamOrdering };
      const { eventId, roomId, roomVersion } = event;
      const row: EventRow = { eventId, roomId, streamOrdering, dict: event.getDict(), roomVersion, internalMetadata };
      await storage.events.put(row);
      if (meta.txnId !== undefined) {
        const { txnId, deviceId = "" } = meta;
        await storage.transactions.put({ userId: event.sender, deviceId, roomId, txnId, eventId });
      }
      const counts = !meta.softFailed && !(meta.outlier && !meta.outOfBandMembership);
      if (counts) {
        const room = await storage.rooms.get({ roomId });
        if (room) {
          await storage.rooms.put({ ...room, lastEventId: eventId, depth: Math.max(room.depth, event.depth) });
        }
        if (event.stateKey !== undefined) {
          await storage.state.put({ roomId, type: event.type, stateKey: event.stateKey, eventId });
        }
        if (isRedaction) await redact(storage, event, state);
      }
      return eventOf(row);
    });
  }

  /** Deletes a room and everything in it. */
  async purge(roomId: RoomId): Promise<void> {
    await this.storage.transact(async (storage) => {
      for (const entry of await storage.state.find({ roomId })) await storage.state.delete(entry);
      for (const event of await storage.events.find({ roomId })) await storage.events.delete(event);
      await storage.rooms.delete({ roomId });
    });
  }

  async #eventsOf(ids: readonly EventId[]): Promise<StateMap<RoomEvent>> {
    const events = await Promise.all(ids.map((id) => this.find(id)));
    return StateMap.ofEvents(events.filter((event) => event !== null));
  }
}

/**
 * A redaction takes effect when its sender has the power, or is of the server that sent the event. (Matrix
 * specification, "Handling redactions".)
 */
async function redact(storage: Storage, redaction: RoomEvent, state: StateMap<RoomEvent>): Promise<void> {
  const { redacts: eventId, sender, roomId } = redaction;
  const target = eventId && (await storage.events.get({ eventId }));
  if (!target || target.roomId !== roomId) return;
  const isOfSameServer = domainOf(sender) === domainOf(target.dict.sender);
  if (!isOfSameServer && powerOf(state, sender) < powerToDo(state, "redact")) return;
  const dict: RoomEventDict = redactEvent(target.dict, roomVersionOf(target.roomVersion));
  dict.unsigned = { redacted_because: redaction.getDict() as unknown as JsonObject };
  const internalMetadata = { ...target.internalMetadata, redactedBy: redaction.eventId };
  await storage.events.put({ ...target, dict, internalMetadata });
}

/** If the storage returns the same row again, the event needn't be rebuilt. */
const eventsOfRows = new WeakMap<Readonly<EventRow>, RoomEvent>();

function eventOf(row: Readonly<EventRow>): RoomEvent {
  const known = eventsOfRows.get(row);
  if (known) return known;
  const { dict, roomVersion, internalMetadata } = row;
  const event = new RoomEvent(dict, { roomVersion, internalMetadata });
  eventsOfRows.set(row, event);
  return event;
}
