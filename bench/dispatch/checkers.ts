import { NOT_SPAM, RoomEvent, SpamChecker, Module, deny, Codes } from "ligand";

/** Whether the callbacks return their answer or, being `async` functions that await nothing, a resolved promise. */
export type Kind = "sync" | "async";

/** The event that every dispatch is about; no callback refuses it. */
export const EVENT = new RoomEvent({
  event_id: "$event",
  room_id: "!room:example.org",
  type: "m.room.message",
  sender: "@alice:example.org",
  content: { msgtype: "m.text", body: "hello" },
});

/** A module with one callback. Each call makes a class of its own, as each module of a homeserver has. */
export function checkerClass(kind: Kind): new () => Checker {
  if (kind === "sync") {
    @Module()
    class SyncChecker implements Checker {
      readonly minDepth = 0;

      @SpamChecker.checkEventForSpam()
      check(event: RoomEvent) {
        return event.depth < this.minDepth ? deny(Codes.FORBIDDEN) : NOT_SPAM;
      }
    }
    return SyncChecker;
  }
  @Module()
  class AsyncChecker implements Checker {
    readonly minDepth = 0;

    @SpamChecker.checkEventForSpam()
    async check(event: RoomEvent) {
      return event.depth < this.minDepth ? deny(Codes.FORBIDDEN) : NOT_SPAM;
    }
  }
  return AsyncChecker;
}

/** What the peers call: the method that the module registers. */
export interface Checker {
  check(event: RoomEvent): unknown;
}
