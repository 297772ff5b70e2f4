import type { CategorySamples } from "../hooks/samples.js";
import { ALICE, notified } from "./matrix.samples.js";
import type { mediaRepository } from "./media-repository.js";

export const mediaRepositorySamples: CategorySamples<typeof mediaRepository> = {
  getMediaConfigForUser: {
    args: [ALICE],
    empty: undefined,
    pass: [null, undefined, {}],
    decides: [[{ "m.upload.size": 1024 }, { "m.upload.size": 1024 }]],
    illegal: ["text", 5, true, false, [1], new Map([["a", 1]])].map((answer) => [answer, "skip"] as const),
  },
  isUserAllowedToUploadMediaOfSize: {
    args: [ALICE, 1024],
    empty: true,
    pass: [true],
    decides: [[false, false]],
    illegal: [
      ...[1, "no"].map((answer) => [answer, "skip"] as const),
      ...[null, undefined, 0, {}].map((answer) => [answer, { result: false }] as const),
    ],
  },
  getMediaUploadLimitsForUser: {
    args: [ALICE],
    empty: undefined,
    pass: [null, undefined],
    decides: [
      [[], []],
      [
        [
          { maxBytes: 1, timePeriodMs: 1 },
          { maxBytes: 2, timePeriodMs: 2 },
        ],
        [
          { maxBytes: 2, timePeriodMs: 2 },
          { maxBytes: 1, timePeriodMs: 1 },
        ],
      ],
    ],
    illegal: [0, false, {}, "none", new Set()].map((answer) => [answer, "failure"] as const),
  },
  onMediaUploadLimitExceeded: {
    ...notified,
    args: [ALICE, { maxBytes: 10, timePeriodMs: 20 }, 3, 4],
  },
};
