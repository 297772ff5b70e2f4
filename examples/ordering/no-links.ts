import { Module, ThirdPartyRules, type EventAllowed, type RoomEvent } from "ligand";

/** Refuses messages that have links in them. */
@Module()
export class NoLinks {
  @ThirdPartyRules.checkEventAllowed()
  refuse(event: RoomEvent): EventAllowed {
    const { body } = event.content;
    return [typeof body !== "string" || !/https?:\/\//.test(body), null];
  }
}
