import { category } from "../hooks/category.js";
import { propagate } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { legal } from "../hooks/legal-answers.js";
import { firstNonNull } from "../hooks/strategies.js";
import { AnswerIssue, type Read } from "../hooks/strategy.js";
import type { UserId } from "../matrix/identifiers.js";
import { RATELIMIT_PRIVACY } from "../matrix/privacy.js";
import type { RatelimitOverride } from "../matrix/records.js";

export const ratelimit = category({
  name: "Ratelimit",
  summary: "Replaces configured rates for single users.",
  since: "1.132.0",
  hooks: {
    getRatelimitOverrideForUser: hook<
      [userId: UserId, limiterName: string],
      RatelimitOverride | null | undefined,
      RatelimitOverride | undefined
    >({
      summary: "Asked at each check of a limiter for invites that a user causes. `perSecond: 0` means unlimited.",
      since: "1.132.0",
      status: "experimental",
      repeatable: true,
      key: "userId",
      frequent: true,
      parameters: [
        { name: "userId", summary: "the user who makes the request", privacy: "personal", facet: "user" },
        {
          name: "limiterName",
          summary: "`rc_invites.per_room`, `rc_invites.per_user` or `rc_invites.per_issuer`",
          privacy: "public",
        },
      ],
      answers: legal("`{ perSecond, burstCount }`, or null for the configured rate", firstNonNull(readOverride), {
        privacy: RATELIMIT_PRIVACY,
      }),
      refusal: null,
      failure: propagate,
      shield: true,
    }),
  },
});

/** Anything but a rate leaves the configured one in force. */
function readOverride(answer: unknown): ReturnType<Read<RatelimitOverride | undefined>> {
  const { perSecond, burstCount } = answer as Partial<RatelimitOverride>;
  if (Number.isFinite(perSecond) && Number.isFinite(burstCount)) return answer as RatelimitOverride;
  return new AnswerIssue("illegal", "{ perSecond, burstCount }, or null", undefined);
}
