import { Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";

/** Has a pattern that takes forever on some messages, and blocks its process while it does. */
@Module()
export class BusyPatterns {
  @SpamChecker.checkEventForSpam({ types: ["m.room.message"] })
  match({ content }: RoomEvent) {
    const end = content.body === "a message that a pattern is slow on" ? Infinity : 0;
    while (Date.now() < end);
    return NOT_SPAM;
  }
}
