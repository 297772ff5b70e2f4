import { Module, NOT_SPAM, SpamChecker, type RoomEvent } from "#src/index.js";

/** Blocks its process forever when a message says so. */
@Module()
export class Hanging {
  @SpamChecker.checkEventForSpam()
  check(event: RoomEvent) {
    if (event.content["body"] === "block") for (;;);
    return NOT_SPAM;
  }
}
