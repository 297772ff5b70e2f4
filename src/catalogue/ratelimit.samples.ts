import type { CategorySamples } from "../hooks/samples.js";
import { ALICE } from "./matrix.samples.js";
import type { ratelimit } from "./ratelimit.js";

export const ratelimitSamples: CategorySamples<typeof ratelimit> = {
  getRatelimitOverrideForUser: {
    args: [ALICE, "rc_invites.per_user"],
    empty: undefined,
    pass: [null, undefined],
    decides: [
      [
        { perSecond: 0, burstCount: 0 },
        { perSecond: 0, burstCount: 0 },
      ],
    ],
    illegal: ["text", true, false, 0, 5, { a: 1 }, { perSecond: "1", burstCount: 1 }].map(
      (answer) => [answer, "skip"] as const,
    ),
  },
};
