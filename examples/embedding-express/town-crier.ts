import { Matches } from "class-validator";
import {
  Codes,
  deny,
  inject,
  Module,
  ModuleConfig,
  NOT_SPAM,
  SpamChecker,
  ThirdPartyRules,
  Users,
  WebResource,
  type RoomEvent,
  type RoomId,
  type SpamAnswer,
} from "ligand";

export class TownCrierConfig {
  /** The room in which administrators alone write. */
  @Matches(/^!/) room!: RoomId;
}

/** A room for announcements, which anybody may read on a web page without an account. */
@Module({ config: TownCrierConfig })
export class TownCrier {
  readonly #announcements: string[] = [];

  constructor(
    @inject(ModuleConfig) private readonly config: TownCrierConfig,
    @inject(Users) private readonly users: Users,
  ) {}

  @SpamChecker.checkEventForSpam()
  async onlyAdmins(event: RoomEvent): Promise<SpamAnswer> {
    if (event.roomId !== this.config.room || (await this.users.isUserAdmin(event.sender))) return NOT_SPAM;
    return deny(Codes.FORBIDDEN, { error: "Only administrators write here" });
  }

  @ThirdPartyRules.onNewEvent()
  note({ roomId, type, content }: RoomEvent): void {
    if (roomId === this.config.room && type === "m.room.message") this.#announcements.push(String(content.body));
  }

  @WebResource("/_synapse/client/announcements", { methods: ["GET"] })
  list(): Response {
    return Response.json({ announcements: this.#announcements });
  }
}
