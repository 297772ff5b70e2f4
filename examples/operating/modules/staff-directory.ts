import { deny, Codes, inject, Module, NOT_SPAM, SpamChecker, type UserId } from "ligand";

/** A service that this homeserver doesn't offer. */
export abstract class Directory {
  abstract isStaff(userId: UserId): Promise<boolean>;
}

/** Lets only staff create rooms. */
@Module()
export class StaffDirectory {
  constructor(@inject(Directory) private readonly directory: Directory) {}

  @SpamChecker.userMayCreateRoom()
  async mayCreate(userId: UserId) {
    return (await this.directory.isStaff(userId)) ? NOT_SPAM : deny(Codes.FORBIDDEN);
  }
}
