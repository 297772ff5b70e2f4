import { Codes, deny, inject, Module, ModuleConfig, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";
import { IsString } from "class-validator";

export class EvilUsersConfig {
  /** Users whose events are refused. */
  @IsString({ each: true }) evil_users: string[] = [];
}

/** Refuses every event of users whom the configuration names. */
@Module({ config: EvilUsersConfig })
export class EvilUsers {
  constructor(@inject(ModuleConfig) private readonly config: EvilUsersConfig) {}

  @SpamChecker.checkEventForSpam()
  refuseEvil(event: RoomEvent) {
    return this.config.evil_users.includes(event.sender)
      ? deny(Codes.FORBIDDEN, { error: "You are not welcome here" })
      : NOT_SPAM;
  }
}
