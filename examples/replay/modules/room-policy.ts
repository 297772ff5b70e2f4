import { IsNotEmpty, IsString, Matches } from "class-validator";
import {
  Codes,
  deny,
  inject,
  Module,
  ModuleConfig,
  NOT_SPAM,
  SpamChecker,
  type JsonObject,
  type Medium,
  type RoomAlias,
  type RoomId,
  type SpamAnswer,
  type UserId,
} from "ligand";

export class RoomPolicyConfig {
  /** Rooms that one joins by invite, whatever their join rules say. */
  @Matches(/^!/, { each: true }) invite_only_rooms: RoomId[] = [];
  /** Words that only publishers may use in aliases and names of rooms. */
  @IsString({ each: true }) @IsNotEmpty({ each: true }) reserved_words: string[] = [];
  /** Users who may put rooms into the public room list, and use reserved words. */
  @Matches(/^@/, { each: true }) publishers: UserId[] = [];
  /** Domains of e-mail addresses to which invites may be sent. */
  @IsString({ each: true }) invitable_email_domains: string[] = [];
}

/** What users may do with rooms. */
@Module({ config: RoomPolicyConfig })
export class RoomPolicy {
  constructor(@inject(ModuleConfig) private readonly config: RoomPolicyConfig) {}

  @SpamChecker.userMayJoinRoom()
  mayJoin(_userId: UserId, roomId: RoomId, isInvited: boolean): SpamAnswer {
    const isBarred = !isInvited && this.config.invite_only_rooms.includes(roomId);
    return isBarred ? deny(Codes.FORBIDDEN, { error: "This room is joined by invite" }) : NOT_SPAM;
  }

  @SpamChecker.userMayCreateRoom()
  mayCreateRoom(userId: UserId, { name }: JsonObject): SpamAnswer {
    return this.#checkWords(userId, typeof name === "string" ? name : "");
  }

  @SpamChecker.userMayCreateRoomAlias()
  mayCreateAlias(userId: UserId, { localpart }: RoomAlias): SpamAnswer {
    return this.#checkWords(userId, localpart);
  }

  @SpamChecker.userMayPublishRoom()
  mayPublish(userId: UserId): SpamAnswer {
    return this.config.publishers.includes(userId) ? NOT_SPAM : Codes.FORBIDDEN;
  }

  @SpamChecker.userMaySend3pidInvite()
  mayInviteByAddress(_inviter: UserId, medium: Medium, address: string): SpamAnswer {
    const domain = address.split("@").at(-1)?.trim().toLowerCase() ?? "";
    if (medium === "email" && this.config.invitable_email_domains.includes(domain)) return NOT_SPAM;
    return deny(Codes.THREEPID_DENIED, { error: "Invites go to partners' addresses only" });
  }

  #checkWords(userId: UserId, text: string): SpamAnswer {
    if (this.config.publishers.includes(userId)) return NOT_SPAM;
    const word = this.config.reserved_words.find((reserved) => text.toLowerCase().includes(reserved));
    return word === undefined ? NOT_SPAM : deny(Codes.EXCLUSIVE, { error: `"${word}" is reserved` });
  }
}
