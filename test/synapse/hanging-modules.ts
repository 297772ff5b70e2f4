import { writeSync } from "node:fs";
import { Module, NOT_SPAM, SpamChecker, type RoomEvent } from "#src/index.js";

/** Blocks its process forever when a message says so. */
@Module()
export class Hanging {
  @SpamChecker.checkEventForSpam()
  check(event: RoomEvent) {
    if (event.content["body"] === "block") {
      writeSync(1, "a call blocks this process\n");
      for (;;);
    }
    return NOT_SPAM;
  }
}
