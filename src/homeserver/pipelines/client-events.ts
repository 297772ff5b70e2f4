import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import type { EventId, RoomId, UserId } from "../../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../../matrix/json.js";
import type { Requester } from "../../matrix/records.js";
import type { RoomEvent, RoomEventDict } from "../../matrix/room-event.js";
import type { Clock } from "../../services/clock.js";
import type { EventStore } from "./event-store.js";

/** What later events add to an event that a client receives. */
interface Bundle {
  readonly latestEdit: RoomEvent | undefined;
  /** The events of the thread that starts with the event. */
  readonly thread: readonly RoomEvent[];
}

/** Serialises events the way clients receive them. @public */
export class ClientEvents {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "unsignedFields">;
      readonly clock: Clock;
      readonly store: EventStore;
    },
  ) {}

  /**
   * Serialises events, each with its latest edit and the latest event of its thread. `addFieldToUnsigned` is asked once
   * for each distinct event, including those; what the homeserver itself puts into `unsigned` stays. It isn't asked about
   * redactions inside `redacted_because`. The device that sent an event also sees its transaction id.
   */
  async serialise(
    events: readonly RoomEvent[],
    requester: Pick<Requester, "userId" | "deviceId">,
    context?: HookContext,
  ): Promise<RoomEventDict[]> {
    const bundles = await this.#bundlesOf(events);
    const bundled = Array.from(bundles.values()).flatMap(({ latestEdit, thread }) => [latestEdit, thread.at(-1)]);
    const fields = new Map<EventId, Readonly<JsonObject>>();
    for (const event of [...events, ...bundled]) {
      if (!event || fields.has(event.eventId)) continue;
      fields.set(event.eventId, await this.parts.hooks.unsignedFields.addFieldToUnsigned(event, context));
    }
    const alone = (event: RoomEvent) => this.#withUnsigned(event, fields.get(event.eventId)!, {});
    return events.map((event) => {
      const relations = relationsOf(bundles.get(event.eventId)!, requester.userId, alone);
      const hasRelations = Object.keys(relations).length > 0;
      return this.#withUnsigned(event, fields.get(event.eventId)!, {
        ...(hasRelations && { "m.relations": relations as JsonObject }),
        ...transactionOf(event, requester),
      });
    });
  }

  #withUnsigned(event: RoomEvent, fields: Readonly<JsonObject>, own: JsonObject): RoomEventDict {
    const { auth_events: _, prev_events: __, hashes: ___, signatures: ____, depth: _____, ...dict } = event.getDict();
    const age = this.parts.clock.nowMs() - event.originServerTs;
    // Clients may look for it in either place. (Specification, room version 11, "Moving the `redacts` property".)
    const { redacts } = event;
    const isRedaction = event.type === "m.room.redaction" && redacts !== undefined;
    const both = isRedaction && { redacts, content: { ...dict.content, redacts } };
    return { ...dict, room_id: event.roomId, ...both, unsigned: { ...fields, ...dict.unsigned, ...own, age } };
  }

  async #bundlesOf(events: readonly RoomEvent[]): Promise<Map<EventId, Bundle>> {
    const rooms = new Set(events.map(({ roomId }) => roomId));
    const timelines = new Map<RoomId, RoomEvent[]>();
    for (const roomId of rooms) timelines.set(roomId, await this.parts.store.timeline(roomId));
    return new Map(
      events.map((event) => {
        const related = (type: string) => timelines.get(event.roomId)!.filter(relatesTo(event, type));
        const latestEdit = related("m.replace").findLast(({ sender }) => sender === event.sender);
        return [event.eventId, { latestEdit, thread: related("m.thread") }];
      }),
    );
  }
}

function transactionOf(
  { sender, internalMetadata: { txnId, deviceId } }: RoomEvent,
  requester: Pick<Requester, "userId" | "deviceId">,
): JsonObject {
  const isOwn = txnId !== undefined && sender === requester.userId && deviceId === requester.deviceId;
  return isOwn ? { transaction_id: txnId } : {};
}

function relatesTo(event: RoomEvent, type: string) {
  return ({ content }: RoomEvent): boolean => {
    const relation = content["m.relates_to"];
    return isPlainObject(relation) && relation.event_id === event.eventId && relation.rel_type === type;
  };
}

/** (Matrix specification, "Aggregations of child events".) */
function relationsOf(
  { latestEdit, thread }: Bundle,
  userId: UserId,
  serialise: (event: RoomEvent) => RoomEventDict,
): Record<string, unknown> {
  const latest = thread.at(-1);
  return {
    ...(latestEdit && { "m.replace": serialise(latestEdit) }),
    ...(latest && {
      "m.thread": {
        latest_event: serialise(latest),
        count: thread.length,
        current_user_participated: thread.some(({ sender }) => sender === userId),
      },
    }),
  };
}
