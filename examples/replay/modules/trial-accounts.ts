import { IsInt, IsPositive, Matches } from "class-validator";
import {
  AccountValidity,
  Clock,
  inject,
  MediaRepository,
  Module,
  ModuleConfig,
  Ratelimit,
  type MediaUploadLimit,
  type RatelimitOverride,
  type UserId,
} from "ligand";

const DAY_MS = 24 * 60 * 60 * 1000;

export class TrialAccountsConfig {
  /** How many days a new account can be used. */
  @IsInt() @IsPositive() days = 14;
  /** Users whose accounts do not expire and have no limits. */
  @Matches(/^@/, { each: true }) permanent: UserId[] = [];
  /** The largest file, in bytes. */
  @IsInt() @IsPositive() largest_upload = 1_048_576;
  /** How many bytes may be uploaded in a day. */
  @IsInt() @IsPositive() uploads_per_day = 5_242_880;
}

/**
 * Accounts on trial: they expire, and may upload and invite little. Remembers in memory when accounts were created; a
 * module for a real server would ask the service `Users`, or keep a table by the service `Database`.
 */
@Module({ config: TrialAccountsConfig })
export class TrialAccounts {
  readonly #registered = new Map<UserId, number>();

  constructor(
    @inject(ModuleConfig) private readonly config: TrialAccountsConfig,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  @AccountValidity.onUserRegistration()
  noteRegistration(userId: UserId): void {
    this.#registered.set(userId, this.clock.nowMs());
  }

  /** Null where the account is not on trial: another module, or the homeserver, decides. */
  @AccountValidity.isUserExpired()
  isExpired(userId: UserId): boolean | null {
    const since = this.#registered.get(userId);
    return since === undefined || !this.#isOnTrial(userId)
      ? null
      : this.clock.nowMs() > since + this.config.days * DAY_MS;
  }

  @MediaRepository.isUserAllowedToUploadMediaOfSize()
  mayUpload(userId: UserId, size: number): boolean {
    return !this.#isOnTrial(userId) || size <= this.config.largest_upload;
  }

  @MediaRepository.getMediaUploadLimitsForUser()
  uploadLimits(userId: UserId): MediaUploadLimit[] {
    return this.#isOnTrial(userId) ? [{ maxBytes: this.config.uploads_per_day, timePeriodMs: DAY_MS }] : [];
  }

  @Ratelimit.getRatelimitOverrideForUser()
  inviteRate(userId: UserId, limiter: string): RatelimitOverride | null {
    if (limiter !== "rc_invites.per_issuer") return null;
    return this.#isOnTrial(userId) ? { perSecond: 0.01, burstCount: 3 } : { perSecond: 0, burstCount: 0 };
  }

  #isOnTrial(userId: UserId): boolean {
    return !this.config.permanent.includes(userId);
  }
}
