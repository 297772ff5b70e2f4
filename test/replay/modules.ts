import { IsInt, IsOptional, IsString } from "class-validator";
import {
  AccountDataStore,
  Clock,
  Codes,
  deny,
  Every,
  HttpClient,
  inject,
  Module,
  ModuleConfig,
  NOT_SPAM,
  PasswordAuth,
  postConstruct,
  Server,
  SpamChecker,
  ThirdPartyRules,
  Users,
  type AuthResult,
  type EventAllowed,
  type JsonObject,
  type ReadableFile,
  type Requester,
  type RoomEvent,
  type SpamAnswer,
  type StateMap,
  type UserId,
} from "ligand";

// What configurations of these tests list.

class Words {
  @IsString({ each: true }) words: string[] = [];
}

/** Refuses messages with a word. */
@Module({ config: Words })
export class WordFilter {
  constructor(@inject(ModuleConfig) private readonly config: Words) {}

  @SpamChecker.checkEventForSpam()
  check({ content }: RoomEvent): SpamAnswer {
    const body = String(content["body"]);
    return this.config.words.some((word) => body.includes(word))
      ? deny(Codes.FORBIDDEN, { error: `No ${this.config.words.join(" or ")}, please` })
      : NOT_SPAM;
  }
}

class Names {
  @IsString({ each: true }) users: string[] = [];
}

/** Refuses what users send, and their invites. */
@Module({ config: Names })
export class UserFilter {
  constructor(@inject(ModuleConfig) private readonly config: Names) {}

  @SpamChecker.checkEventForSpam()
  check(event: RoomEvent): SpamAnswer {
    return this.#answer(event.sender);
  }

  @SpamChecker.userMayInvite()
  mayInvite(inviter: UserId): SpamAnswer {
    return this.#answer(inviter);
  }

  #answer(user: string): SpamAnswer {
    return this.config.users.includes(user) ? deny(Codes.FORBIDDEN) : NOT_SPAM;
  }
}

class Limit {
  @IsInt() @IsOptional() most = 2;
}

/** Refuses more than so many messages: it remembers those before. */
@Module({ config: Limit })
export class FloodGuard {
  #count = 0;

  constructor(@inject(ModuleConfig) private readonly config: Limit) {}

  @SpamChecker.checkEventForSpam()
  check(): SpamAnswer {
    return ++this.#count > this.config.most ? deny(Codes.LIMIT_EXCEEDED) : NOT_SPAM;
  }
}

/** Leaves a rejection that no code handles. */
@Module()
export class Careless {
  @SpamChecker.checkEventForSpam()
  check(): SpamAnswer {
    void Promise.reject(new Error("left behind"));
    return NOT_SPAM;
  }
}

/** Ends its process. */
@Module()
export class Exiting {
  @SpamChecker.checkEventForSpam()
  check(): SpamAnswer {
    process.exit(1);
  }
}

/** Fails about each message. */
@Module()
export class Failing {
  @SpamChecker.checkEventForSpam()
  check(): SpamAnswer {
    throw new Error("out of order");
  }
}

/** Throws when it's too late to catch it. */
@Module()
export class ThrowingLate {
  @SpamChecker.checkEventForSpam()
  check(): Promise<SpamAnswer> {
    process.nextTick(() => {
      throw new Error("too late");
    });
    return new Promise(() => undefined);
  }
}

let seen = 0;

/** Refuses every second message: it remembers them outside of the instance. */
@Module()
export class EverySecond {
  @SpamChecker.checkEventForSpam()
  check(): SpamAnswer {
    return ++seen % 2 === 0 ? deny(Codes.LIMIT_EXCEEDED) : NOT_SPAM;
  }
}

/** Only administrators invite: asks the homeserver. */
@Module()
export class AdminsInvite {
  constructor(@inject(Users) private readonly users: Users) {}

  @SpamChecker.userMayInvite()
  async mayInvite(inviter: UserId): Promise<SpamAnswer> {
    return (await this.users.isUserAdmin(inviter)) ? NOT_SPAM : deny(Codes.FORBIDDEN);
  }
}

/** Refuses messages in rooms without a name. */
@Module()
export class NamedRooms {
  @ThirdPartyRules.checkEventAllowed({ state: [["m.room.name", ""]] })
  check(_event: RoomEvent, state: StateMap<RoomEvent>): EventAllowed {
    return [state.get("m.room.name") !== undefined, null];
  }
}

/** Refuses at night. */
@Module()
export class Curfew {
  constructor(@inject(Clock) private readonly clock: Clock) {}

  @SpamChecker.checkEventForSpam()
  check(): SpamAnswer {
    const hours = [new Date(), new Date(Date.now()), new Date(this.clock.nowMs())].map((date) => date.getUTCHours());
    return hours.every((hour) => hour < 6) ? deny(Codes.FORBIDDEN) : NOT_SPAM;
  }
}

/** Refuses some. */
@Module()
export class Lottery {
  @SpamChecker.checkEventForSpam()
  check(): SpamAnswer {
    return Math.random() < 2 ? deny(Codes.FORBIDDEN) : NOT_SPAM;
  }
}

/** Never answers. */
@Module()
export class Sleeper {
  @SpamChecker.checkEventForSpam()
  check(): Promise<SpamAnswer> {
    return new Promise(() => {});
  }
}

/** Waits before it answers. */
@Module()
export class Waiter {
  constructor(@inject(Clock) private readonly clock: Clock) {}

  @SpamChecker.checkEventForSpam()
  async check(): Promise<SpamAnswer> {
    await this.clock.sleep(60_000);
    return NOT_SPAM;
  }
}

/** Looks at a list that it fetches when it starts. */
@Module()
export class Listed {
  #list: unknown;

  constructor(@inject(HttpClient) private readonly http: HttpClient) {}

  @postConstruct()
  async fetch(): Promise<void> {
    this.#list = await this.http.getJson("https://list.example/");
  }

  @SpamChecker.checkEventForSpam()
  check(): SpamAnswer {
    return this.#list ? NOT_SPAM : deny(Codes.FORBIDDEN);
  }
}

/** Notes refusals in the user's account data, and refuses. */
@Module()
export class Noting {
  constructor(@inject(AccountDataStore) private readonly data: AccountDataStore) {}

  @Every(1)
  never(): void {
    throw new Error("nothing runs by itself in a replay");
  }

  @SpamChecker.checkEventForSpam()
  async check(): Promise<SpamAnswer> {
    await this.data.putGlobal("@ann:example.org", "org.example.refused", { yes: true });
    return deny(Codes.FORBIDDEN);
  }
}

/** Names every room that's created by a user of this server. */
@Module()
export class RoomNamer {
  constructor(@inject(Server) private readonly server: Server) {}

  @ThirdPartyRules.onCreateRoom()
  name(requester: Requester, request: JsonObject): void {
    if (this.server.isMine(requester.user)) request["name"] = `A room of ${requester.user.localpart}`;
  }
}

/** Catches whatever goes wrong in it, and passes. */
@Module()
export class Tolerant {
  @SpamChecker.checkEventForSpam()
  check(event: RoomEvent): SpamAnswer {
    try {
      return event.sender === "@eve:hs" ? deny(Codes.FORBIDDEN) : NOT_SPAM;
    } catch {
      return NOT_SPAM;
    }
  }
}

/** Gives everyone who registers the same name. */
@Module()
export class NamePicker {
  @PasswordAuth.getUsernameForRegistration()
  pick(): string {
    return "eve";
  }
}

/** Knows one password. */
@Module()
export class OnePassword {
  @PasswordAuth.authChecker("m.login.password", ["password"])
  check(_username: string, _type: string, login: JsonObject): AuthResult | null {
    return login["password"] === "tea" ? ["@eve:hs", null] : null;
  }
}

/** Refuses empty files. */
@Module()
export class FileFilter {
  @SpamChecker.checkMediaFileForSpam()
  async check(file: ReadableFile): Promise<SpamAnswer> {
    let size = 0;
    await file.writeChunksTo((chunk) => (size += chunk.length));
    return size > 0 ? NOT_SPAM : deny(Codes.FORBIDDEN);
  }
}

class Judge {
  @IsString() url = "https://judge.example/check";
  /** Below this score a message isn't refused. */
  @IsInt() least = 5;
}

/** Asks a server what it thinks of a sender, and refuses what has a high score. */
@Module({ config: Judge })
export class Judged {
  constructor(
    @inject(ModuleConfig) private readonly config: Judge,
    @inject(HttpClient) private readonly http: HttpClient,
  ) {}

  @SpamChecker.checkEventForSpam()
  async check({ sender }: RoomEvent): Promise<SpamAnswer> {
    const response = await this.http.request("POST", this.config.url, { body: sender });
    if (!response.ok) return NOT_SPAM;
    const { score } = (await response.json()) as { readonly score: number };
    return score >= this.config.least ? deny(Codes.FORBIDDEN) : NOT_SPAM;
  }
}
