import type { CategorySamples } from "../hooks/samples.js";
import { ParsedUserId } from "../matrix/identifiers.js";
import { ALICE, INVITE, notified, ROOM, STATE, unlessFalse } from "./matrix.samples.js";
import type { thirdPartyRules } from "./third-party-rules.js";

const notAllowedPair = [true, false, null, undefined, {}, { a: 1, b: 2 }, [], [true], [true, null, 1], INVITE];

export const thirdPartyRulesSamples: CategorySamples<typeof thirdPartyRules> = {
  checkEventAllowed: {
    args: [INVITE, STATE],
    empty: [true, null],
    pass: [
      [true, null],
      [true, undefined],
    ],
    decides: [
      [
        [false, null],
        [false, null],
      ],
      [
        [false, { a: 1 }],
        [false, null],
      ],
      [
        [true, { a: 1 }],
        [true, { a: 1 }],
      ],
      [
        [true, {}],
        [true, {}],
      ],
    ],
    illegal: [
      ...notAllowedPair.map((answer) => [answer, "failure"] as const),
      ...[
        [null, null],
        [0, null],
        [true, "x"],
        [true, [1]],
        [true, INVITE],
      ].map((answer) => [answer, "skip"] as const),
      [[null, { a: 1 }], { result: [true, { a: 1 }] }],
    ],
  },
  onCreateRoom: {
    ...notified,
    args: [
      {
        user: ParsedUserId.fromString(ALICE),
        userId: ALICE,
        accessTokenId: 1,
        isGuest: false,
        scope: new Set(),
        shadowBanned: false,
        deviceId: null,
        appServiceId: null,
        authenticatedEntity: ALICE,
      },
      { preset: "public_chat" },
      false,
    ],
  },
  checkThreepidCanBeInvited: {
    ...unlessFalse,
    args: ["email", "bob@example.org", STATE],
  },
  checkVisibilityCanBeModified: {
    ...unlessFalse,
    args: [ROOM, STATE, "public"],
  },
  onNewEvent: {
    ...notified,
    args: [INVITE, STATE],
  },
  checkCanShutdownRoom: {
    ...unlessFalse,
    args: [null, ROOM],
  },
  checkCanDeactivateUser: {
    ...unlessFalse,
    args: [ALICE, true],
  },
  onProfileUpdate: {
    ...notified,
    args: [ALICE, { displayName: "Alice", avatarUrl: null }, false, false],
  },
  onUserDeactivationStatusChanged: {
    ...notified,
    args: [ALICE, true, false],
  },
  onThreepidBind: {
    ...notified,
    args: [ALICE, "email", "a@example.org"],
  },
  onAddUserThirdPartyIdentifier: {
    ...notified,
    args: [ALICE, "email", "a@example.org"],
  },
  onRemoveUserThirdPartyIdentifier: {
    ...notified,
    args: [ALICE, "msisdn", "4912345"],
  },
};
