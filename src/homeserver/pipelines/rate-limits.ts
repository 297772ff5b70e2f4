import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import type { RoomId, UserId } from "../../matrix/identifiers.js";
import { LimitExceededError } from "../../matrix/matrix-error.js";
import type { Requester } from "../../matrix/records.js";
import type { Clock } from "../../services/clock.js";
import type { HomeserverSettings, RateLimit } from "../homeserver-settings.js";

/** What a limiter checks. @public */
export interface RateLimitCheck {
  /** Absent if no local user is involved, as for invites of other servers; then no module is asked. */
  readonly requester?: Requester;
  /** What is counted; the requester by default. */
  readonly key?: string;
  /** False to check without counting; true by default. */
  readonly counts?: boolean;
}

/** A leaky bucket per key: `burstCount` actions in a burst, and `perSecond` on average. @public */
export class RateLimiter {
  readonly #buckets = new Map<string, { level: number; atMs: number }>();

  /** @param name the name that modules see, such as `rc_invites.per_room`. */
  constructor(
    private readonly parts: { readonly hooks: Pick<Hooks, "ratelimit">; readonly clock: Clock },
    readonly name: string,
    /** Null for no limit, unless a module gives one. */
    private readonly limit: RateLimit | null,
  ) {}

  /** Whether an action may happen. If so, it's counted. */
  async isAllowed({ requester, key = requester?.userId ?? "", counts = true }: RateLimitCheck, context?: HookContext) {
    const limit = await this.#limitFor(requester, context);
    if (limit === null) return true;
    const { perSecond, burstCount } = limit;
    const now = this.parts.clock.nowMs();
    const bucket = this.#buckets.get(key) ?? { level: 0, atMs: now };
    const level = Math.max(0, bucket.level - ((now - bucket.atMs) / 1000) * perSecond);
    const allowed = level + 1 <= burstCount;
    if (counts) this.#buckets.set(key, { level: allowed ? level + 1 : level, atMs: now });
    return allowed;
  }

  /** @throws {LimitExceededError} when an action may not happen. */
  async check(check: RateLimitCheck, context?: HookContext): Promise<void> {
    if (!(await this.isAllowed(check, context))) throw new LimitExceededError();
  }

  /** The limit that applies; null for none. */
  async #limitFor(requester: Requester | undefined, context?: HookContext): Promise<RateLimit | null> {
    if (!requester) return this.limit;
    if (requester.appServiceId !== null) return null;
    const { ratelimit } = this.parts.hooks;
    const override = await ratelimit.getRatelimitOverrideForUser(requester.userId, this.name, context);
    if (override?.perSecond === 0) return null;
    return override ?? this.limit;
  }
}

/** The limiters that modules can override. @public */
export class RateLimits {
  readonly perRoom: RateLimiter;
  readonly perUser: RateLimiter;
  readonly perIssuer: RateLimiter;

  constructor(parts: {
    readonly hooks: Pick<Hooks, "ratelimit">;
    readonly settings: Pick<HomeserverSettings, "inviteLimits">;
    readonly clock: Clock;
  }) {
    const { perRoom, perUser, perIssuer } = parts.settings.inviteLimits;
    this.perRoom = new RateLimiter(parts, "rc_invites.per_room", perRoom);
    this.perUser = new RateLimiter(parts, "rc_invites.per_user", perUser);
    this.perIssuer = new RateLimiter(parts, "rc_invites.per_issuer", perIssuer);
  }

  /** Counts an invite in all three; modules see the inviter, whatever is counted. */
  async checkInvite(
    requester: Requester | undefined,
    { roomId, invitee }: { readonly roomId: RoomId; readonly invitee: UserId },
    context?: HookContext,
  ): Promise<void> {
    const by = requester ? { requester } : {};
    await this.perRoom.check({ ...by, key: roomId }, context);
    await this.perUser.check({ ...by, key: invitee }, context);
    if (requester) await this.perIssuer.check({ requester }, context);
  }
}
