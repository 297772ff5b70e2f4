import type { CategorySamples } from "../hooks/samples.js";
import { RoomAlias } from "../matrix/identifiers.js";
import { RegistrationBehaviour } from "../matrix/records.js";
import { deny, NOT_SPAM } from "../matrix/verdict.js";
import { ALICE, BOB, INVITE, ROOM } from "./matrix.samples.js";
import type { spamChecker } from "./spam-checker.js";

const denied = deny("M_FORBIDDEN");
const stock = deny("M_FORBIDDEN", { error: "This message was rejected as probable spam" });
const denial = deny("M_BAD_ALIAS", { error: "no", another_field: 12345 });
const pair = ["M_BAD_ALIAS", { error: "no", another_field: 12345 }];
const meaningless = [null, undefined, 0, 1, {}, [], [1, 2], ["M_BAD_ALIAS"], ["boo", {}], ["M_BAD_ALIAS", {}, 1]];

const denies = (result: unknown, answers: readonly unknown[]) => answers.map((answer) => [answer, { result }] as const);
const verdict = {
  empty: NOT_SPAM,
  pass: [NOT_SPAM],
  decides: [
    ["M_LIMIT_EXCEEDED", deny("M_LIMIT_EXCEEDED")],
    ["ORG_MATRIX_EXPIRED_ACCOUNT", deny("ORG_MATRIX_EXPIRED_ACCOUNT")],
    [denial, denial],
  ],
} as const;
const may = {
  ...verdict,
  deprecated: [
    [true, "pass"],
    [false, denied],
    [pair, denial],
  ],
  illegal: denies(denied, [...meaningless, "boo"]),
} as const;
const truthy = {
  empty: false,
  pass: [false],
  decides: [[true, true]],
  illegal: [
    ...[null, undefined, 0, "", [], {}].map((answer) => [answer, "skip"] as const),
    ...[1, "NOT_SPAM", { a: 1 }].map((answer) => [answer, { result: true }] as const),
  ],
} as const;

export const spamCheckerSamples: CategorySamples<typeof spamChecker> = {
  checkEventForSpam: {
    ...verdict,
    args: [INVITE],
    deprecated: [
      [false, "pass"],
      [true, denied],
      ["boo", deny("M_FORBIDDEN", { error: "boo" })],
      [pair, denial],
    ],
    illegal: denies(stock, meaningless),
  },
  shouldDropFederatedEvent: { ...truthy, args: [INVITE] },
  userMayJoinRoom: {
    ...may,
    args: [ALICE, ROOM, true],
  },
  userMayInvite: { ...may, args: [ALICE, BOB, ROOM] },
  federatedUserMayInvite: { ...may, args: [INVITE] },
  userMaySend3pidInvite: {
    ...may,
    args: [ALICE, "email", "bob@example.org", ROOM],
  },
  userMayCreateRoom: {
    ...may,
    args: [ALICE, { invite: [BOB] }],
  },
  userMayCreateRoomAlias: {
    ...may,
    args: [ALICE, RoomAlias.fromString("#room:example.org")],
  },
  userMayPublishRoom: { ...may, args: [ALICE, ROOM] },
  userMaySendStateEvent: {
    ...verdict,
    args: [ALICE, ROOM, "m.room.topic", "", { topic: "x" }],
    illegal: denies(denied, [...meaningless, "boo", true, false, pair]),
  },
  checkUsernameForSpam: {
    ...truthy,
    args: [{ user_id: BOB, display_name: "Bob", avatar_url: null }, ALICE],
  },
  checkRegistrationForSpam: {
    args: [{ medium: "email", address: "a@example.org", validated_at: 1 }, "rin", [["agent", "::1"]], null],
    empty: RegistrationBehaviour.ALLOW,
    pass: [RegistrationBehaviour.ALLOW],
    decides: [
      [RegistrationBehaviour.DENY, RegistrationBehaviour.DENY],
      [RegistrationBehaviour.SHADOW_BAN, RegistrationBehaviour.SHADOW_BAN],
    ],
    illegal: [null, undefined, true, false, "ban", "M_FORBIDDEN", NOT_SPAM, {}].map(
      (answer) => [answer, "failure"] as const,
    ),
  },
  checkMediaFileForSpam: {
    ...verdict,
    args: [
      { path: "/tmp/file", writeChunksTo: async () => undefined },
      { serverName: null, fileId: "abc", urlCache: false, thumbnail: null },
    ],
    deprecated: [
      [false, "pass"],
      [true, denied],
      [pair, denial],
    ],
    illegal: denies(denied, [...meaningless, "boo"]),
  },
  checkLoginForSpam: {
    ...verdict,
    args: [ALICE, "DEVICE", null, [["agent", "::1"]], null],
    deprecated: [[pair, denial]],
    illegal: denies(denied, [...meaningless, "boo", true, false]),
  },
};
