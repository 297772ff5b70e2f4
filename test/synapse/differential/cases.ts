import {
  ALICE,
  behaviour,
  BOB,
  CALLBACK,
  cancelled,
  code,
  ERRORS,
  limit,
  map,
  matrix,
  NOT_SPAM,
  ordinary,
  presence,
  redirect,
  set,
  slot,
  tuple,
} from "./answers.js";
import { HOOKS, runOf } from "./hooks-under-test.js";
import { hookOf } from "./ligand-hosts.js";
import type { CallbackSpec, Run, Wire } from "./run.js";

const EVENT = "SpamChecker.checkEventForSpam";
const MAY = [
  "userMayJoinRoom",
  "userMayInvite",
  "userMaySend3pidInvite",
  "userMayCreateRoom",
  "userMayCreateRoomAlias",
  "userMayPublishRoom",
].map((hook) => `SpamChecker.${hook}`);
const STATE_EVENT = "SpamChecker.userMaySendStateEvent";
const LOGIN = "SpamChecker.checkLoginForSpam";
const MEDIA = "SpamChecker.checkMediaFileForSpam";
const USERNAME = "SpamChecker.checkUsernameForSpam";
const REGISTRATION = "SpamChecker.checkRegistrationForSpam";
const ALLOWED = "ThirdPartyRules.checkEventAllowed";
const CREATE = "ThirdPartyRules.onCreateRoom";
const THREEPID = "ThirdPartyRules.checkThreepidCanBeInvited";
const VISIBILITY = "ThirdPartyRules.checkVisibilityCanBeModified";
const SHUTDOWN = "ThirdPartyRules.checkCanShutdownRoom";
const DEACTIVATE = "ThirdPartyRules.checkCanDeactivateUser";
const STATES = "PresenceRouter.getUsersForStates";
const INTERESTED = "PresenceRouter.getInterestedUsers";
const EXPIRED = "AccountValidity.isUserExpired";
const REGISTERED = "AccountValidity.onUserRegistration";
const AUTH = ["PasswordAuth.authChecker", "PasswordAuth.check3pidAuth"];
const NAMES = ["PasswordAuth.getUsernameForRegistration", "PasswordAuth.getDisplaynameForRegistration"];
const IS_ALLOWED = "PasswordAuth.is3pidAllowed";
const BATCH = "BackgroundUpdates.defaultBatchSize";
const UNSIGNED = "UnsignedFields.addFieldToUnsigned";
const SIZE = "MediaRepository.isUserAllowedToUploadMediaOfSize";
const EXCEEDED = "MediaRepository.onMediaUploadLimitExceeded";

const SPAM = Object.keys(HOOKS).filter((name) => name.startsWith("SpamChecker."));
const SHIELDED = Object.keys(HOOKS).filter((name) => hookOf(...(name.split(".") as [string, string])).shield);

type Answers = readonly (Wire | Omit<CallbackSpec, "hook">)[];

/** The same callbacks on each of these hooks. */
const each = (names: readonly string[], ...callbacks: Answers) => names.map((name) => runOf(name, callbacks));
/** Each of these answers with a callback behind it that lets everything pass. */
const behind = (names: readonly string[], ...answers: Answers) =>
  names.flatMap((name) => answers.map((answer) => runOf(name, [answer, HOOKS[name]!.passing[0]!])));
/** The callbacks of a hook's modules, and others beside them. */
const modules = (name: string, ...modules: readonly (readonly CallbackSpec[])[]): Run => ({
  ...runOf(name, []),
  modules,
});
const skips = (name: string) =>
  ERRORS.filter((error) => error !== cancelled).flatMap((error) => [
    runOf(name, [error, true]),
    runOf(name, [error, false]),
  ]);
const stops = (name: string) => [runOf(name, [true, false, true])];
const ignores = (name: string) => [runOf(name, [null, true]), runOf(name, [0, true])];
const pair = tuple(code("M_BAD_ALIAS"), { k: "v" });
const succeeds = tuple(BOB, null);

const checkers = (...offers: readonly (readonly [type: string, fields: readonly Wire[]])[]): Run => ({
  category: "PasswordAuth",
  hook: "loginTypes",
  args: [],
  modules: offers.map((options) => [{ hook: "authChecker", gives: null, options }]),
});

/** The runs of each case that the dispatchers can show. */
export const CASES: Readonly<Record<number, readonly Run[]>> = {
  1: behind([EVENT], NOT_SPAM),
  2: behind([EVENT], false),
  3: behind([EVENT], true),
  4: behind([EVENT], code("M_LIMIT_EXCEEDED")),
  6: behind([EVENT], "boo"),
  7: behind([EVENT], null, 0, 1, {}, []),
  8: behind([EVENT], tuple("boo", {}), tuple(code("M_BAD_ALIAS"), {}, 1)),
  9: behind(MAY, NOT_SPAM),
  11: behind(MAY, false),
  12: behind(MAY, code("M_LIMIT_EXCEEDED")),
  13: behind(MAY, pair),
  14: behind(MAY, null, 0, 1, "boo", [], {}, tuple("boo", {}), tuple(code("M_BAD_ALIAS"))),
  16: [
    modules(
      "SpamChecker.federatedUserMayInvite",
      [{ hook: "federatedUserMayInvite", gives: pair }],
      [{ hook: "userMayInvite", gives: NOT_SPAM }],
    ),
  ],
  17: [
    modules("SpamChecker.federatedUserMayInvite", [{ hook: "userMayInvite", gives: pair }]),
    modules("SpamChecker.federatedUserMayInvite", [
      { hook: "federatedUserMayInvite", gives: NOT_SPAM },
      { hook: "userMayInvite", gives: false },
    ]),
  ],
  18: behind([STATE_EVENT], NOT_SPAM),
  19: behind([STATE_EVENT], code("M_LIMIT_EXCEEDED")),
  21: behind([LOGIN], NOT_SPAM, code("M_LIMIT_EXCEEDED"), pair, true, false),
  22: behind([MEDIA], NOT_SPAM, false),
  23: behind([MEDIA], true, code("M_LIMIT_EXCEEDED"), pair, null),
  24: [runOf("SpamChecker.shouldDropFederatedEvent", [false, true, false])],
  26: [runOf("SpamChecker.shouldDropFederatedEvent", [null, false])],
  27: behind([USERNAME], { gives: false, mutates: 0, identifies: 0 }),
  28: behind([USERNAME], { gives: true, declares: 1 }),
  29: behind([USERNAME], true, 1, "boo", { a: 1 }, false, null, 0, "", {}, []),
  31: behind([REGISTRATION], behaviour("shadow_ban"), behaviour("deny")),
  32: behind([REGISTRATION], true, false, null, "boo", code("M_FORBIDDEN")),
  33: behind(SPAM, ordinary, redirect),
  34: behind(SPAM, matrix(429, "M_LIMIT_EXCEEDED")),
  36: behind(["SpamChecker.userMayCreateRoom"], { gives: NOT_SPAM, mutates: 1, identifies: 1 }),
  37: behind(["SpamChecker.userMayCreateRoom"], { gives: NOT_SPAM, declares: 1 }, { gives: false, declares: 1 }),
  38: behind([STATE_EVENT], { gives: NOT_SPAM, mutates: 4, identifies: 4 }),
  39: Object.entries(HOOKS).map(([name, { passing }]) => runOf(name, [passing[0]!, passing[0]!, passing[0]!])),
  42: SPAM.map((name) => runOf(name, [{ gives: HOOKS[name]!.passing[0]!, later: true }, null], { cancelAt: 0 })),

  94: behind([ALLOWED], tuple(true, null)),
  96: behind([ALLOWED], tuple(false, { a: 1 })),
  97: behind([ALLOWED], tuple(true, { a: 1 })),
  98: behind([ALLOWED], tuple(null, null), tuple(0, null)),
  99: behind([ALLOWED], tuple(true, "x")),
  101: behind([ALLOWED], matrix(429, "M_LIMIT_EXCEEDED")),
  102: behind([ALLOWED], ordinary, redirect),
  103: behind([ALLOWED], cancelled),
  104: [runOf(ALLOWED, [])],
  106: behind([CREATE], matrix(400, "M_BAD_JSON")),
  107: behind([CREATE], ordinary, cancelled),
  108: behind([CREATE], false),
  109: stops(THREEPID),
  111: skips(THREEPID),
  112: behind([THREEPID], cancelled),
  113: stops(VISIBILITY),
  114: ignores(VISIBILITY),
  116: behind([VISIBILITY], cancelled),
  117: stops(SHUTDOWN),
  118: ignores(SHUTDOWN),
  119: skips(SHUTDOWN),
  121: stops(DEACTIVATE),
  122: ignores(DEACTIVATE),
  123: skips(DEACTIVATE),
  124: behind([DEACTIVATE], cancelled),
  126: behind(["ThirdPartyRules.onProfileUpdate"], ...ERRORS),
  127: behind(["ThirdPartyRules.onUserDeactivationStatusChanged"], ...ERRORS),
  128: behind(["ThirdPartyRules.onThreepidBind"], ...ERRORS),
  129: behind(["ThirdPartyRules.onAddUserThirdPartyIdentifier"], ...ERRORS),
  131: [runOf("ThirdPartyRules.onNewEvent", [])],
  132: [runOf(THREEPID, []), runOf(VISIBILITY, [])],

  166: [modules(INTERESTED, [])],
  167: [
    modules(INTERESTED, [{ hook: "getInterestedUsers", gives: set() }]),
    modules(STATES, [{ hook: "getUsersForStates", gives: map() }]),
  ],
  168: [
    runOf(STATES, [map([ALICE, set(presence(ALICE))]), map([ALICE, set(presence(BOB))], [BOB, set(presence(ALICE))])]),
  ],
  169: [runOf(STATES, [[], map([ALICE, set(presence(ALICE))])])],
  171: ERRORS.filter((error) => error !== cancelled).map((error) =>
    runOf(STATES, [error, map([ALICE, set(presence(ALICE))])]),
  ),
  172: behind([STATES, INTERESTED], cancelled),
  173: [runOf(INTERESTED, [set(ALICE), set(BOB)])],
  174: [runOf(INTERESTED, [set(ALICE), "ALL", ordinary])],
  176: [runOf(INTERESTED, [ordinary, set(BOB)])],

  183: [runOf(EXPIRED, [null, true])],
  184: [runOf(EXPIRED, [false, true])],
  186: [runOf(EXPIRED, [false])],
  187: ERRORS.map((error) => runOf(EXPIRED, [error, true])),
  188: behind([REGISTERED], ...ERRORS),
  189: each(["AccountValidity.onUserLogin"], null, null),

  206: each(AUTH, tuple(ALICE, null), succeeds),
  207: each(AUTH, tuple(ALICE, CALLBACK), succeeds),
  208: each(AUTH, ALICE, succeeds),
  209: [...each(AUTH, tuple(ALICE), succeeds), ...each(AUTH, tuple(ALICE, null, null), succeeds)],
  211: each(AUTH, tuple(ALICE, 3), succeeds),
  212: each(AUTH, false, succeeds),
  213: each(AUTH, tuple("", null), succeeds),
  214: [...each(AUTH, ordinary, succeeds), ...each(AUTH, matrix(403, "M_FORBIDDEN"), succeeds)],
  216: each(AUTH, null, null),
  217: each(NAMES, null, "bob", "eve"),
  218: [...each(NAMES, 1, "bob"), ...each(NAMES, true, "bob")],
  219: each(NAMES, "", "bob"),
  221: each(NAMES, cancelled, "bob"),
  222: [runOf(IS_ALLOWED, [true, false, true])],
  223: behind([IS_ALLOWED], null, "boo", 1),
  224: behind([IS_ALLOWED], ordinary, matrix(429, "M_LIMIT_EXCEEDED")),
  226: [
    checkers(["m.login.password", ["password"]], ["m.login.password", ["password"]]),
    ...each(AUTH, null, succeeds),
  ],
  227: [checkers(["m.login.password", ["password"]], ["m.login.password", ["password", "code"]])],
  228: [checkers(["foo", ["foo", "x"]], ["foo", ["foo", "y"]])],
  229: [checkers(["foo", ["x", 3]])],

  261: [
    modules(
      BATCH,
      [{ hook: "onUpdate", gives: slot(1) }],
      [
        { hook: "onUpdate", gives: slot(2) },
        { hook: "defaultBatchSize", gives: 50 },
      ],
    ),
    runOf("BackgroundUpdates.onUpdate", [slot(1), slot(2)]),
  ],
  262: [modules(BATCH, [{ hook: "defaultBatchSize", gives: 50 }])],
  273: behind(["AccountData.onAccountDataUpdated"], ...ERRORS),
  284: [runOf(UNSIGNED, [{ a: 1, b: 1 }, { a: 2 }])],
  286: behind([UNSIGNED], ...ERRORS, null),
  288: [modules(UNSIGNED, []), modules(UNSIGNED, [], [{ hook: "addFieldToUnsigned", gives: { a: 1 } }])],

  297: [runOf("MediaRepository.getMediaConfigForUser", [{}, { a: 1 }])],
  298: ERRORS.map((error) => runOf("MediaRepository.getMediaConfigForUser", [error, { a: 1 }])),
  299: behind([SIZE], null, 0),
  301: [runOf("MediaRepository.getMediaUploadLimitsForUser", [null, []])],
  302: [runOf("MediaRepository.getMediaUploadLimitsForUser", [[limit(1, 10), limit(2, 20)]])],
  303: each([EXCEEDED], { gives: null, identifies: 1 }, { gives: null, identifies: 1 }),
  304: behind([EXCEEDED], ...ERRORS),

  364: SHIELDED.flatMap((name) => [
    runOf(name, [{ gives: HOOKS[name]!.passing[0]!, later: true }]),
    runOf(name, [{ gives: ordinary, later: true }]),
  ]),
  366: SHIELDED.map((name) => runOf(name, [{ gives: HOOKS[name]!.passing[0]!, later: true }], { cancelAt: 0 })),
  367: SHIELDED.map((name) => runOf(name, [{ gives: ordinary, later: true }], { cancelAt: 0 })),
  368: SHIELDED.map((name) => runOf(name, [{ gives: cancelled, later: true }])),
};
