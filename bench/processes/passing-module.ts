import { Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";

/** Looks at an event, and lets it pass. */
@Module()
export class Passing {
  @SpamChecker.checkEventForSpam()
  async check(event: RoomEvent) {
    return event.type === "org.example.refused" ? "M_FORBIDDEN" : NOT_SPAM;
  }
}
