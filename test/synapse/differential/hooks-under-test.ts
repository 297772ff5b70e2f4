import {
  ALICE,
  behaviour,
  BOB,
  CALLBACK,
  code,
  denial,
  event,
  limit,
  map,
  NOT_SPAM,
  override,
  presence,
  ROOM,
  set,
  slot,
  state,
  tuple,
} from "./answers.js";
import { hookOf } from "./ligand-hosts.js";
import type { CallbackSpec, Run, Wire } from "./run.js";

/** What a hook is asked with, and what callbacks answer: what it knows, deprecated forms, and what means nothing. */
export interface HookUnderTest {
  readonly args: readonly Wire[];
  /** Answers after which the next callback is asked. */
  readonly passing: readonly Wire[];
  readonly others: readonly Wire[];
  /** What the decorator takes. */
  readonly options?: CallbackSpec["options"];
}

/** Answers that some hook knows and most do not. */
const ANY: readonly Wire[] = [
  null,
  true,
  false,
  0,
  1,
  "",
  "boo",
  "NOT_SPAM",
  "ALL",
  "allow",
  "M_LIMIT_EXCEEDED",
  [],
  {},
  { a: 1 },
  [1, 2],
  ["a", "b", "c"],
  set("@eve:example.org"),
];

const VERDICTS: readonly Wire[] = [
  ...ANY,
  code("M_LIMIT_EXCEEDED"),
  code("ORG_MATRIX_EXPIRED_ACCOUNT"),
  denial("M_BAD_ALIAS"),
  denial("M_BAD_ALIAS", { another_field: 12345 }, "no"),
  tuple(code("M_BAD_ALIAS"), { another_field: 12345 }),
  tuple(code("M_BAD_ALIAS"), { error: "no" }),
  tuple(code("M_BAD_ALIAS"), { error: 5 }),
  tuple(code("M_BAD_ALIAS"), 5),
  tuple(code("M_BAD_ALIAS")),
  tuple(code("M_BAD_ALIAS"), {}, 1),
  tuple("boo", {}),
  tuple("M_FORBIDDEN", {}),
  [code("M_BAD_ALIAS"), {}],
  ["M_FORBIDDEN", { a: 1 }],
];

const may = (...args: readonly Wire[]): HookUnderTest => ({ args, passing: [NOT_SPAM, true], others: VERDICTS });
const unlessFalse = (...args: readonly Wire[]): HookUnderTest => ({ args, passing: [true, null, 0], others: ANY });
const told = (...args: readonly Wire[]): HookUnderTest => ({ args, passing: [null], others: ANY });
const authenticates = {
  passing: [null],
  others: [
    ...ANY,
    tuple(ALICE, null),
    tuple(ALICE, CALLBACK),
    tuple(ALICE, 3),
    tuple("", null),
    tuple(3, null),
    tuple(ALICE),
    tuple(ALICE, null, null),
    [ALICE, null],
  ],
};
const batchSize = { args: ["reindex", "master"], passing: [50], others: ANY };

/** Every hook, by `Category.hook`. */
export const HOOKS: Readonly<Record<string, HookUnderTest>> = {
  "SpamChecker.checkEventForSpam": { args: [event], passing: [NOT_SPAM, false, "NOT_SPAM"], others: VERDICTS },
  "SpamChecker.shouldDropFederatedEvent": { args: [event], passing: [false, null], others: ANY },
  "SpamChecker.userMayJoinRoom": may(ALICE, ROOM, true),
  "SpamChecker.userMayInvite": may(ALICE, BOB, ROOM),
  "SpamChecker.federatedUserMayInvite": may(event),
  "SpamChecker.userMaySend3pidInvite": may(ALICE, "email", "bob@example.org", ROOM),
  "SpamChecker.userMayCreateRoom": may(ALICE, { preset: "private_chat", creation_content: { a: [1] } }),
  "SpamChecker.userMayCreateRoomAlias": may(ALICE, { $: "alias", text: "#tea:example.org" }),
  "SpamChecker.userMayPublishRoom": may(ALICE, ROOM),
  "SpamChecker.userMaySendStateEvent": {
    args: [ALICE, ROOM, "m.room.topic", "", { topic: "tea" }],
    passing: [NOT_SPAM],
    others: VERDICTS,
  },
  "SpamChecker.checkUsernameForSpam": {
    args: [{ user_id: BOB, display_name: "Bob", avatar_url: null }, ALICE],
    passing: [false, null],
    others: ANY,
  },
  "SpamChecker.checkRegistrationForSpam": {
    args: [
      { medium: "email", address: "a@example.org", validated_at: 1 },
      "alice",
      [tuple("Firefox", "192.0.2.1")],
      null,
    ],
    passing: [behaviour("allow")],
    others: [...ANY, behaviour("shadow_ban"), behaviour("deny"), "shadow_ban", "deny"],
  },
  "SpamChecker.checkMediaFileForSpam": {
    args: [
      { $: "file", path: "/media/abc" },
      { $: "fileInfo", serverName: null, fileId: "abc", urlCache: false, thumbnail: null },
    ],
    passing: [NOT_SPAM, false],
    others: VERDICTS,
  },
  "SpamChecker.checkLoginForSpam": {
    args: [ALICE, "DEVICE", null, [tuple("Firefox", "192.0.2.1")], null],
    passing: [NOT_SPAM],
    others: VERDICTS,
  },

  "ThirdPartyRules.checkEventAllowed": {
    args: [event, state],
    passing: [tuple(true, null), tuple(true, "x"), [true, null]],
    others: [
      ...ANY,
      tuple(false, null),
      tuple(false, { a: 1 }),
      tuple(true, { a: 1 }),
      tuple(true, {}),
      tuple(null, null),
      tuple(0, null),
      tuple(true),
      tuple(true, null, null),
    ],
  },
  "ThirdPartyRules.onCreateRoom": told({ $: "requester", userId: ALICE, deviceId: "DEVICE" }, { name: "tea" }, false),
  "ThirdPartyRules.checkThreepidCanBeInvited": unlessFalse("email", "bob@example.org", state),
  "ThirdPartyRules.checkVisibilityCanBeModified": unlessFalse(ROOM, state, "public"),
  "ThirdPartyRules.onNewEvent": told(event, state),
  "ThirdPartyRules.checkCanShutdownRoom": unlessFalse(null, ROOM),
  "ThirdPartyRules.checkCanDeactivateUser": unlessFalse(ALICE, true),
  "ThirdPartyRules.onProfileUpdate": told(ALICE, { $: "profile", displayName: "Alice", avatarUrl: null }, false, true),
  "ThirdPartyRules.onUserDeactivationStatusChanged": told(ALICE, true, false),
  "ThirdPartyRules.onThreepidBind": told(ALICE, "email", "alice@example.org"),
  "ThirdPartyRules.onAddUserThirdPartyIdentifier": told(ALICE, "email", "alice@example.org"),
  "ThirdPartyRules.onRemoveUserThirdPartyIdentifier": told(ALICE, "msisdn", "447700900000"),

  "PresenceRouter.getUsersForStates": {
    args: [[presence(ALICE), presence(BOB, "tea")]],
    passing: [map(), map([BOB, set(presence(ALICE))])],
    others: [
      ...ANY,
      map([ALICE, set(presence(ALICE), presence(BOB))], [BOB, set(presence(ALICE, "tea"))]),
      map([ALICE, set(presence(ALICE))], [BOB, [presence(ALICE)]], ["@eve:example.org", set(presence(ALICE))]),
      map([BOB, set()]),
      { [ALICE]: set(presence(BOB)) },
    ],
  },
  "PresenceRouter.getInterestedUsers": {
    args: [ALICE],
    passing: [set(), set(BOB), set(ALICE, BOB)],
    others: ANY,
  },

  "AccountValidity.isUserExpired": { args: [ALICE], passing: [null], others: ANY },
  "AccountValidity.onUserRegistration": told(ALICE),
  "AccountValidity.onUserLogin": told(ALICE, "m.login.password", null),
  "AccountValidity.onLegacySendMail": told(ALICE),
  "AccountValidity.onLegacyRenew": {
    args: ["token"],
    passing: [tuple(true, false, 1_700_000_000_000)],
    others: [...ANY, tuple(false, true, 1), tuple(true, false)],
  },
  "AccountValidity.onLegacyAdminRequest": {
    args: [{ $: "request", url: "https://example.org/_synapse/admin/v1/account_validity/validity" }],
    passing: [1_700_000_000_000],
    others: ANY,
  },

  "PasswordAuth.authChecker": {
    args: ["alice", "m.login.password", { password: "hunter2" }],
    options: ["m.login.password", ["password"]],
    ...authenticates,
  },
  "PasswordAuth.check3pidAuth": { args: ["email", "alice@example.org", "hunter2"], ...authenticates },
  "PasswordAuth.onLoggedOut": told(ALICE, null, "syt_token"),
  "PasswordAuth.getUsernameForRegistration": {
    args: [{ "m.login.dummy": true }, { username: "alice" }],
    passing: [null],
    others: ANY,
  },
  "PasswordAuth.getDisplaynameForRegistration": {
    args: [{ "m.login.dummy": true }, { username: "alice" }],
    passing: [null],
    others: ANY,
  },
  "PasswordAuth.is3pidAllowed": unlessFalse("email", "alice@example.org", true),

  "BackgroundUpdates.onUpdate": { args: ["reindex", "master", false], passing: [slot(100)], others: ANY },
  "BackgroundUpdates.defaultBatchSize": batchSize,
  "BackgroundUpdates.minBatchSize": batchSize,

  "AccountData.onAccountDataUpdated": told(ALICE, null, "m.direct", { [BOB]: [ROOM] }),

  "UnsignedFields.addFieldToUnsigned": {
    args: [event],
    passing: [{}, { a: 1 }],
    others: [...ANY, { a: 2, b: { c: [1] } }, { b: null }, [["a", 1]]],
  },

  "MediaRepository.getMediaConfigForUser": { args: [ALICE], passing: [null, {}], others: ANY },
  "MediaRepository.isUserAllowedToUploadMediaOfSize": { args: [ALICE, 1024], passing: [true, 1], others: ANY },
  "MediaRepository.getMediaUploadLimitsForUser": {
    args: [ALICE],
    passing: [null],
    others: [...ANY, [limit(1, 10), limit(2, 30), limit(3, 20), limit(4, 20)], [limit(1, 10), {}]],
  },
  "MediaRepository.onMediaUploadLimitExceeded": told(ALICE, limit(1024, 3_600_000), 1000, 100),

  "Ratelimit.getRatelimitOverrideForUser": {
    args: [ALICE, "rc_invites.per_user"],
    passing: [null],
    others: [...ANY, override(1, 10), override(0, 0)],
  },

  "Federation.onEventDeliveredOverFederation": told({
    $: "delivery",
    serverName: "remote.example",
    events: [event],
    method: "/send",
  }),
};

/** What a module has on the hooks that it must have beside the one under test. It is not asked. */
const COMPANIONS: Readonly<Record<string, Wire>> = {
  getUsersForStates: map(),
  getInterestedUsers: set(),
  onUpdate: slot(1),
};

/** A run of one hook, with one callback in each module. */
export function runOf(
  name: string,
  callbacks: readonly (Omit<CallbackSpec, "hook"> | Wire)[],
  more: Pick<Run, "cancelAt"> = {},
): Run {
  const [category, hook] = name.split(".") as [string, string];
  const { args, options } = HOOKS[name]!;
  const requires = (hookOf(category, hook).requires ?? []) as readonly string[];
  const companions = requires.map((required): CallbackSpec => ({ hook: required, gives: COMPANIONS[required]! }));
  const modules = callbacks.map((callback) => {
    const spec = isSpec(callback) ? callback : { gives: callback };
    return [{ hook, ...spec, ...(options && { options }) }, ...companions];
  });
  return { category, hook, args, modules, ...more };
}

function isSpec(callback: Omit<CallbackSpec, "hook"> | Wire): callback is Omit<CallbackSpec, "hook"> {
  return typeof callback === "object" && callback !== null && "gives" in callback;
}
