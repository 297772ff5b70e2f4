import { rejectConfig, type RoomId } from "ligand";
import { Type } from "class-transformer";
import { IsInt, IsNotEmpty, IsOptional, IsPositive, IsString, Matches, ValidateNested } from "class-validator";

/** A kind of text that is refused. */
export class SpamPattern {
  /** A regular expression. Upper and lower case are the same to it. */
  @IsString() @IsNotEmpty() regex!: string;
  /** The message that the sender receives. */
  @IsString() reason = "This message looks like spam";

  /** @throws {SyntaxError} when it is not a regular expression. */
  compile(): RegExp {
    return new RegExp(this.regex, "i");
  }
}

/** How often something may happen. */
export class Limit {
  @IsInt() @IsPositive() count!: number;
  @IsInt() @IsPositive() per_seconds!: number;
}

export class SpamFilterConfig {
  @ValidateNested({ each: true }) @Type(() => SpamPattern) patterns: SpamPattern[] = [];
  /** Rooms in which messages are not looked at. */
  @Matches(/^!/, { each: true, message: "must be the id of a room, which begins with `!`" }) exempt_rooms: RoomId[] =
    [];
  /** How many messages each of our users may send. */
  @IsOptional() @ValidateNested() @Type(() => Limit) messages?: Limit;
  /** How many people each user may invite. */
  @IsOptional() @ValidateNested() @Type(() => Limit) invites?: Limit;
  /** Domains whose addresses can't be used to register. */
  @IsString({ each: true }) disposable_email_domains: string[] = [];
  /** Accounts that are registered with such a client are hidden from everybody else. Parts of the user agent. */
  @IsString({ each: true }) shadow_banned_agents: string[] = [];
  /** SHA-256 of files that are not kept. */
  @Matches(/^[0-9a-f]{64}$/, { each: true, message: "must be a SHA-256 in 64 hexadecimal digits" })
  banned_files: string[] = [];

  /** The rules that no decorator can say. The message appears at the line of the pattern. */
  validate(): void {
    for (const [index, pattern] of this.patterns.entries()) {
      try {
        pattern.compile();
      } catch (cause) {
        rejectConfig("this is not a regular expression", ["patterns", index, "regex"], { cause });
      }
    }
  }
}
