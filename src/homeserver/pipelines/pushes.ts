import type { HookContext } from "../../hooks/context.js";
import type { UserId } from "../../matrix/identifiers.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { Pushers } from "../../services/pushers.js";
import type { Storage } from "../storage.js";
import type { EventStore } from "./event-store.js";
import type { Sessions } from "./sessions.js";

/** Sends push notifications of new messages: to every joined user who has a pusher and isn't the sender. */
export class Pushes {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "pushers">;
      readonly store: EventStore;
      readonly sessions: Sessions;
      readonly pushers: Pushers;
    },
  ) {}

  /** Expired users get no push. */
  async pushFor(event: RoomEvent, context?: HookContext): Promise<void> {
    const { store, sessions, storage } = this.parts;
    if (event.isState() || event.internalMetadata.softFailed) return;
    const pushers = await storage.pushers.find();
    if (pushers.length === 0) return;
    const members = (await store.state(event.roomId)).ofType("m.room.member");
    for (const userId of new Set(pushers.map((pusher): UserId => pusher.userId))) {
      if (userId === event.sender || members.get(userId)?.membership !== "join") continue;
      if (await sessions.isUserExpired(userId, context)) continue;
      const { event_id, room_id, sender, type, content } = event.getDict();
      await this.parts.pushers.sendHttpPushNotification(userId, null, {
        event_id: event_id!,
        room_id,
        sender,
        type,
        content,
      });
    }
  }
}
