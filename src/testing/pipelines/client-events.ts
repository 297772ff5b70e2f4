import type { HookContext } from "../../hooks/context.js";
import type { JsonObject } from "../../matrix/json.js";
import type { RoomEvent, RoomEventDict } from "../../matrix/room-event.js";
import type { Homeserver } from "../homeserver.js";

/** Events in the form in which clients receive them. */
export class ClientEvents {
  constructor(private readonly homeserver: Homeserver) {}

  /**
   * Serialises events. `addFieldToUnsigned` is asked once for each distinct event, and what the homeserver itself has
   * to say in `unsigned` stays. Redactions inside of `redacted_because` are not asked about.
   */
  async serialise(events: readonly RoomEvent[], context?: HookContext): Promise<RoomEventDict[]> {
    const fields = new Map<string, Readonly<JsonObject>>();
    for (const event of events) {
      if (fields.has(event.eventId)) continue;
      fields.set(event.eventId, await this.homeserver.hooks.unsignedFields.addFieldToUnsigned(event, context));
    }
    const now = this.homeserver.clock.nowMs();
    return events.map((event) => {
      const { auth_events: _, prev_events: __, hashes: ___, signatures: ____, depth: _____, ...dict } = event.getDict();
      const own = { ...dict.unsigned, age: now - event.originServerTs };
      return { ...dict, unsigned: { ...fields.get(event.eventId), ...own } };
    });
  }
}
