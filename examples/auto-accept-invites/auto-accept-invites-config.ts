import { IsBoolean, IsOptional, IsString } from "class-validator";

export class AutoAcceptInvitesConfig {
  /** Accept only invites to direct chats. */
  @IsBoolean() only_for_direct_messages: boolean = false;

  /** Accept only invites of users of this server. */
  @IsBoolean() only_from_local_users: boolean = false;

  /** The process that accepts; null is the main process. */
  @IsOptional() @IsString() worker_to_run_on: string | null = null;
}
