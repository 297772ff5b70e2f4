import { Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";

/** Asks a server with a list of bad links, which hangs: its answers never come. */
@Module()
export class SlowList {
  @SpamChecker.checkEventForSpam({ types: ["m.room.message"] })
  async lookUp(_event: RoomEvent): Promise<typeof NOT_SPAM> {
    await new Promise(() => {});
    return NOT_SPAM;
  }
}
