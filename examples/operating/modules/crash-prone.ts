import { Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";

/** Leaves an error to a timer on some messages, which ends its process. */
@Module()
export class CrashProne {
  @SpamChecker.checkEventForSpam({ types: ["m.room.message"] })
  count({ content }: RoomEvent) {
    if (content.body === "an untested message") {
      setTimeout(() => {
        throw new RangeError("no one catches this");
      });
    }
    return NOT_SPAM;
  }
}
