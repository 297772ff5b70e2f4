import { createHash } from "node:crypto";
import {
  Clock,
  Codes,
  deny,
  Every,
  inject,
  Module,
  ModuleConfig,
  ModuleLogger,
  NOT_SPAM,
  RegistrationBehaviour,
  SpamChecker,
  type EmailThreepid,
  type FileInfo,
  type HookContext,
  type ReadableFile,
  type RequestInfo,
  type RoomEvent,
  type SpamAnswer,
  type UserId,
} from "ligand";
import { textsOf } from "./message-texts.js";
import { RateLimit } from "./rate-limit.js";
import { SpamFilterConfig } from "./spam-filter-config.js";

/** Refuses messages by pattern and by rate, too many invites, banned files, and doubtful registrations. */
@Module({ config: SpamFilterConfig })
export class SpamFilter {
  readonly #patterns: readonly { readonly regex: RegExp; readonly reason: string }[];
  readonly #messages: RateLimit | undefined;
  readonly #invites: RateLimit | undefined;

  constructor(
    @inject(ModuleConfig) private readonly config: SpamFilterConfig,
    @inject(Clock) private readonly clock: Clock,
    @inject(ModuleLogger) private readonly log: ModuleLogger,
  ) {
    this.#patterns = config.patterns.map((pattern) => ({ regex: pattern.compile(), reason: pattern.reason }));
    this.#messages = config.messages && new RateLimit(config.messages);
    this.#invites = config.invites && new RateLimit(config.invites);
  }

  @SpamChecker.checkEventForSpam()
  checkMessage(event: RoomEvent, context: HookContext): SpamAnswer {
    if (event.type !== "m.room.message" || this.config.exempt_rooms.includes(event.roomId)) return NOT_SPAM;
    // It's up to another server to slow its users down: late events may arrive many together.
    if (context.origin !== "federation") {
      const waitMs = this.#messages?.take(event.sender, this.clock.nowMs()) ?? 0;
      if (waitMs > 0) return deny(Codes.LIMIT_EXCEEDED, { error: "You write too fast", retry_after_ms: waitMs });
    }
    const texts = textsOf(event.content);
    const match = this.#patterns.find(({ regex }) => texts.some((text) => regex.test(text)));
    return match ? deny(Codes.FORBIDDEN, { error: match.reason }) : NOT_SPAM;
  }

  @SpamChecker.userMayInvite()
  checkInvite(inviter: UserId): SpamAnswer {
    const waitMs = this.#invites?.take(inviter, this.clock.nowMs()) ?? 0;
    return waitMs > 0 ? deny(Codes.LIMIT_EXCEEDED, { error: "You invite too many people" }) : NOT_SPAM;
  }

  @SpamChecker.checkMediaFileForSpam()
  async checkFile(file: ReadableFile, { fileId }: FileInfo): Promise<SpamAnswer> {
    if (this.config.banned_files.length === 0) return NOT_SPAM;
    const hash = createHash("sha256");
    await file.writeChunksTo((chunk) => void hash.update(chunk));
    if (!this.config.banned_files.includes(hash.digest("hex"))) return NOT_SPAM;
    this.log.warn("a banned file was uploaded", { fileId });
    return Codes.FORBIDDEN;
  }

  @SpamChecker.checkRegistrationForSpam()
  checkRegistration(email: EmailThreepid | null, _username: string | null, requests: readonly RequestInfo[]) {
    const domain = email?.address.split("@").at(-1);
    if (domain !== undefined && this.config.disposable_email_domains.includes(domain)) {
      return RegistrationBehaviour.DENY;
    }
    const isDoubtful = requests.some(([agent]) =>
      this.config.shadow_banned_agents.some((part) => agent?.includes(part)),
    );
    return isDoubtful ? RegistrationBehaviour.SHADOW_BAN : RegistrationBehaviour.ALLOW;
  }

  @Every("5m", { runOnAllInstances: true })
  forgetIdle(): void {
    this.#messages?.forgetIdle(this.clock.nowMs());
    this.#invites?.forgetIdle(this.clock.nowMs());
  }
}
