import { IsString } from "class-validator";
import {
  Codes,
  deny,
  inject,
  Module,
  ModuleConfig,
  NOT_SPAM,
  ParsedUserId,
  SpamChecker,
  type RoomEvent,
  type SpamAnswer,
} from "ligand";

export class FederationGuardConfig {
  /** Servers whose events are dropped unseen. Our view of the rooms then differs from that of others. */
  @IsString({ each: true }) dropped_servers: string[] = [];
  /** Servers whose users may invite ours. */
  @IsString({ each: true }) inviting_servers: string[] = [];
}

/** What other servers may do to ours. */
@Module({ config: FederationGuardConfig })
export class FederationGuard {
  constructor(@inject(ModuleConfig) private readonly config: FederationGuardConfig) {}

  @SpamChecker.shouldDropFederatedEvent()
  shouldDrop(event: RoomEvent): boolean {
    return this.config.dropped_servers.includes(serverOf(event));
  }

  @SpamChecker.federatedUserMayInvite()
  mayInvite(invite: RoomEvent): SpamAnswer {
    const server = serverOf(invite);
    if (this.config.inviting_servers.includes(server)) return NOT_SPAM;
    return deny(Codes.FORBIDDEN, { error: `Invites from ${server} are not accepted` });
  }
}

function serverOf({ sender }: RoomEvent): string {
  return ParsedUserId.fromString(sender).domain;
}
