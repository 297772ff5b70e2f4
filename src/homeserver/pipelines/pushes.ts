import type { HookContext } from "../../hooks/context.js";
import type { UserId } from "../../matrix/identifiers.js";
import { isPlainObject } from "../../matrix/json.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { StateMap } from "../../matrix/state-map.js";
import type { PushRuleAction } from "../../services/push-rules.js";
import type { Pushers } from "../../services/pushers.js";
import type { PushRuleRow } from "../user-data-rows.js";
import type { Storage } from "../storage.js";
import { DEFAULT_PUSH_RULES, notificationOf, type PushSituation, type RoomSituation } from "./default-push-rules.js";
import { powerOf } from "./event-rules.js";
import type { EventStore } from "./event-store.js";
import { levelOr } from "./power-level-rules.js";
import type { Sessions } from "./sessions.js";

/** Sends push notifications of new events: to every user who has a pusher, and whose push rules match. @public */
export class Pushes {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "pushers" | "pushRules">;
      readonly store: EventStore;
      readonly sessions: Sessions;
      readonly pushers: Pushers;
    },
  ) {}

  /** To those in the room, and to who is invited; never to the sender. Expired users get no push. */
  async pushFor(event: RoomEvent, context?: HookContext): Promise<void> {
    const { store, sessions, storage } = this.parts;
    if (event.internalMetadata.softFailed) return;
    const pushers = await storage.pushers.find();
    if (pushers.length === 0) return;
    const state = await store.state(event.roomId);
    const members = state.ofType("m.room.member");
    const room = roomSituationOf(event, state, members);
    for (const userId of new Set(pushers.map((pusher): UserId => pusher.userId))) {
      const { membership, content: profile } = members.get(userId) ?? {};
      const isInvited = membership === "invite" && event.stateKey === userId;
      if (userId === event.sender || !(membership === "join" || isInvited)) continue;
      const displayName = typeof profile?.displayname === "string" ? profile.displayname : null;
      const tweaks = notificationOf(await this.#actionsFor({ ...room, userId, displayName }));
      if (tweaks === null || (await sessions.isUserExpired(userId, context))) continue;
      const { eventId, roomId, sender, type } = event;
      const { content } = event.getDict();
      const notification = { event_id: eventId, room_id: roomId, sender, type, content };
      await this.parts.pushers.sendHttpPushNotification(userId, null, notification, tweaks);
    }
  }

  /** Those of the first rule that matches. (Matrix specification, "Push rules".) */
  async #actionsFor(situation: PushSituation): Promise<readonly PushRuleAction[]> {
    const { event, userId } = situation;
    const stored = await this.parts.storage.pushRules.find({ userId });
    const own = (kind: PushRuleRow["kind"], ruleId: string) =>
      stored.find((rule) => rule.kind === kind && rule.ruleId === ruleId)?.actions;
    const firstOf = (kind: PushRuleRow["kind"]) => {
      const rule = DEFAULT_PUSH_RULES.find((each) => each.kind === kind && each.matches(situation));
      return rule && (own(kind, rule.ruleId) ?? rule.actions);
    };
    return (
      firstOf("override") ??
      firstOf("content") ??
      own("room", event.roomId) ??
      own("sender", event.sender) ??
      firstOf("underride") ??
      []
    );
  }
}

function roomSituationOf(
  event: RoomEvent,
  state: StateMap<RoomEvent>,
  members: ReadonlyMap<string, RoomEvent>,
): RoomSituation {
  const notifications = state.get("m.room.power_levels")?.content.notifications;
  const needed = levelOr(isPlainObject(notifications) ? notifications.room : undefined, 50);
  return {
    event,
    memberCount: Array.from(members.values()).filter(({ membership }) => membership === "join").length,
    mayNotifyRoom: powerOf(state, event.sender) >= needed,
  };
}
