import type { Hooks } from "../../catalogue/index.js";
import type { RoomId, UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { Membership } from "../../services/rooms.js";
import type { Caller } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import type { Administrators } from "./administrators.js";
import type { Events } from "./events.js";
import type { Memberships } from "./memberships.js";

/** Sets state for clients. @public */
export class StateChanges {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker">;
      readonly administrators: Administrators;
      readonly events: Events;
      readonly memberships: Memberships;
    },
  ) {}

  /**
   * `PUT …/state/{type}/{stateKey}`: the one place where `userMaySendStateEvent` is asked, except about administrators.
   * A membership then takes the way of memberships, and other state that of events.
   */
  async send(caller: Caller, roomId: RoomId, type: string, stateKey: string, content: JsonObject): Promise<RoomEvent> {
    const { hooks, administrators, events, memberships } = this.parts;
    const { userId } = caller.requester;
    if (!(await administrators.isAdmin(caller.requester))) {
      const { spamChecker } = hooks;
      const verdict = await spamChecker.userMaySendStateEvent(userId, roomId, type, stateKey, content, caller.context);
      throwIfDenied(verdict, "You may not send this state event");
    }
    if (type !== "m.room.member") {
      return events.sendNonMember(caller, { roomId, type, stateKey, content, sender: userId });
    }
    const { membership, ...rest } = content;
    return memberships.change(caller, {
      roomId,
      target: stateKey as UserId,
      membership: membership as Membership,
      content: rest,
    });
  }
}
