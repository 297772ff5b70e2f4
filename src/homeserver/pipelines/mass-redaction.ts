import type { EventId, UserId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { Server } from "../../services/server.js";
import { asServer } from "../caller.js";
import type { Storage } from "../storage.js";
import type { EventStore } from "./event-store.js";
import type { Events } from "./events.js";

/** Redacts everything a user has sent. @public */
export class MassRedaction {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "rooms">;
      readonly server: Server;
      readonly store: EventStore;
      readonly events: Events;
    },
  ) {}

  /**
   * Redacts the messages of a local user, in the user's own name, with the hooks of any event.
   *
   * @returns why events couldn't be redacted, by event.
   */
  async redactAllOf(userId: UserId): Promise<ReadonlyMap<EventId, string>> {
    const { store, events, server, storage } = this.parts;
    const failures = new Map<EventId, string>();
    const caller = asServer(server.serverName, userId);
    for (const { roomId } of await storage.rooms.find()) {
      for (const event of await store.timeline(roomId)) {
        if (event.sender !== userId || event.isState() || event.type === "m.room.redaction") continue;
        try {
          await events.redact(caller, roomId, event.eventId);
        } catch (error) {
          if (!(error instanceof MatrixError)) throw error;
          failures.set(event.eventId, error.message);
        }
      }
    }
    return failures;
  }
}
