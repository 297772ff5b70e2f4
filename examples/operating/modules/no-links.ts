import { Codes, deny, Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";

/** Refuses messages with a link. Only some rooms want that. */
@Module()
export class NoLinks {
  @SpamChecker.checkEventForSpam({ types: ["m.room.message"] })
  refuse({ content }: RoomEvent) {
    return String(content.body).includes("https://") ? deny(Codes.FORBIDDEN, { error: "No links, please" }) : NOT_SPAM;
  }
}
