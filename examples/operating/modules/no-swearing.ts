import { Codes, deny, Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";

/** Refuses messages with a swear word. New here: its operator tries it in shadow first. */
@Module()
export class NoSwearing {
  @SpamChecker.checkEventForSpam({ types: ["m.room.message"] })
  refuse({ content }: RoomEvent) {
    return String(content.body).includes("darn") ? deny(Codes.FORBIDDEN, { error: "No swearing, please" }) : NOT_SPAM;
  }
}
