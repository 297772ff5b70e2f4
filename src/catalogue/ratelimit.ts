import { category } from "../hooks/category.js";
import { propagate } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { firstTruthy } from "../hooks/strategies.js";
import type { UserId } from "../matrix/identifiers.js";
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
      parameters: [
        { name: "userId", summary: "the user who makes the request" },
        { name: "limiterName", summary: "`rc_invites.per_room`, `rc_invites.per_user` or `rc_invites.per_issuer`" },
      ],
      answers: "the rate, or null for the configured one",
      strategy: firstTruthy<RatelimitOverride | undefined>((answer) => answer as RatelimitOverride, undefined),
      failure: propagate,
      shield: true,
    }),
  },
});
