import type { CategorySamples } from "../hooks/samples.js";
import type { accountValidity } from "./account-validity.js";
import { ALICE, notified } from "./matrix.samples.js";

const only = { empty: undefined, pass: [] } as const;

export const accountValiditySamples: CategorySamples<typeof accountValidity> = {
  isUserExpired: {
    args: [ALICE],
    empty: undefined,
    pass: [null, undefined],
    decides: [
      [true, true],
      [false, false],
    ],
    illegal: [
      [1, { result: true }],
      [0, { result: false }],
      ["", { result: false }],
    ],
  },
  onUserRegistration: {
    ...notified,
    args: [ALICE],
  },
  onUserLogin: {
    ...notified,
    args: [ALICE, "m.login.password", null],
  },
  onLegacySendMail: {
    ...only,
    args: [ALICE],
    decides: [["ignored", undefined]],
  },
  onLegacyRenew: {
    ...only,
    args: ["renewal-token-1"],
    decides: [
      [
        [true, false, 5],
        [true, false, 5],
      ],
    ],
    illegal: [null, undefined, true, [], [true, false], [true, false, 5, 6], {}].map(
      (answer) => [answer, "failure"] as const,
    ),
  },
  onLegacyAdminRequest: {
    ...only,
    args: [
      new Request("https://example.org/_synapse/admin/v1/account_validity/validity?access_token=mas_query-token", {
        method: "POST",
        headers: { authorization: "Bearer syt_header-token" },
      }),
    ],
    decides: [[1700000000000, 1700000000000]],
    illegal: [null, undefined, "tomorrow", true, {}].map((answer) => [answer, "failure"] as const),
  },
};
