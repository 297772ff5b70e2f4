import { Module, NOT_SPAM, SpamChecker, type RoomEvent } from "#src/index.js";

/** Looks at an event and has nothing against it. */
@Module()
export class Ham {
  @SpamChecker.checkEventForSpam()
  check(event: RoomEvent) {
    return event.content["body"] === "spam" ? "M_FORBIDDEN" : NOT_SPAM;
  }
}
