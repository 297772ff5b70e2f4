import type { CategorySamples, HookSamples } from "../hooks/samples.js";
import { ALICE, notified, PASSWORD } from "./matrix.samples.js";
import type { passwordAuth } from "./password-auth.js";

const onLogin = () => undefined;
const success = {
  empty: undefined,
  pass: [null, undefined],
  decides: [
    [
      [ALICE, null],
      [ALICE, null],
    ],
    [
      [ALICE, undefined],
      [ALICE, null],
    ],
    [
      [ALICE, onLogin],
      [ALICE, onLogin],
    ],
    [
      ["", null],
      ["", null],
    ],
  ],
  illegal: [ALICE, [ALICE], [ALICE, null, null], [ALICE, 3], [3, null], false, true, {}].map(
    (answer) => [answer, "skip"] as const,
  ),
} as const;
const firstText: HookSamples<(typeof passwordAuth)["hooks"]["getUsernameForRegistration"]> = {
  args: [{ "m.login.registration_token": "regtoken-1" }, { username: "rin", password: PASSWORD }],
  empty: undefined,
  pass: [null, undefined],
  decides: [
    ["bob", "bob"],
    ["", ""],
  ],
  illegal: [3, true, false, {}, ["bob"]].map((answer) => [answer, "skip"] as const),
};

export const passwordAuthSamples: CategorySamples<typeof passwordAuth> = {
  authChecker: {
    ...success,
    given: ["m.login.password", ["password"]],
    askedBy: "checkAuth",
    remade: ["loginDict"],
    args: ["alice", "m.login.password", { password: PASSWORD }],
  },
  check3pidAuth: {
    ...success,
    args: ["email", "alice@example.org", PASSWORD],
  },
  onLoggedOut: {
    ...notified,
    args: [ALICE, "DEVICE", "syt_access-token"],
  },
  getUsernameForRegistration: { ...firstText },
  getDisplaynameForRegistration: { ...firstText },
  is3pidAllowed: {
    args: ["email", "alice@example.org", true],
    empty: true,
    pass: [true],
    decides: [[false, false]],
    illegal: [null, undefined, 0, "", "no", {}].map((answer) => [answer, "skip"] as const),
  },
};
