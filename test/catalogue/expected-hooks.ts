import { NO_CONTEXT } from "#src/hooks/context.js";
import { RoomAlias, ParsedUserId } from "#src/matrix/identifiers.js";
import { PRESENCE_ALL_USERS, RegistrationBehaviour, type UserPresenceState } from "#src/matrix/records.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";

/** What becomes of an error of each kind: it skips the callback, passes as the same object, or as another error. */
export type Fate = "skip" | "same" | "module failed" | 403 | 500;

/** What a failure policy makes of errors, and how urgent the log line is. */
export interface ExpectedFailure {
  readonly plain: readonly [Fate, level: string];
  readonly matrix: readonly [Fate, level: string];
  readonly cancellation: readonly [Fate, level: string];
}

const CANCELLATION_PASSES = ["same", "debug"] as const;

export const FAILURES = {
  propagate: { plain: ["same", "error"], matrix: ["same", "info"], cancellation: CANCELLATION_PASSES },
  skipWarn: { plain: ["skip", "warn"], matrix: ["skip", "warn"], cancellation: CANCELLATION_PASSES },
  skipError: { plain: ["skip", "error"], matrix: ["skip", "error"], cancellation: CANCELLATION_PASSES },
  catchWarn: { plain: ["skip", "warn"], matrix: ["skip", "warn"], cancellation: ["skip", "warn"] },
  catchError: { plain: ["skip", "error"], matrix: ["skip", "error"], cancellation: ["skip", "error"] },
  failModule: { plain: ["module failed", "error"], matrix: ["same", "info"], cancellation: CANCELLATION_PASSES },
  forbid: { plain: [403, "error"], matrix: ["same", "info"], cancellation: [403, "error"] },
  failInternally: { plain: [500, "error"], matrix: [500, "error"], cancellation: CANCELLATION_PASSES },
} as const satisfies Record<string, ExpectedFailure>;

/**
 * What an answer that the hook does not know leads to: a result that ends the walk, the next callback, or the failure
 * of the callback that gave it.
 */
export type IllegalEffect = { readonly result: unknown } | "skip" | "failure";

/** What the specification says of a hook, and samples of its arguments and answers. */
export interface ExpectedHook {
  readonly since: string;
  readonly status?: "experimental" | "deprecated" | "legacy";
  readonly failure: keyof typeof FAILURES;
  readonly shield: boolean;
  readonly parameters: readonly string[];
  /** Callbacks answer at once, never with a promise. */
  readonly synchronous?: true;
  /** Parameters of which each callback has a copy. */
  readonly copied?: readonly string[];
  /** Parameters that the homeserver may load when they are needed. */
  readonly lazy?: readonly string[];
  /** Parameters whose texts no log may show. */
  readonly secret?: readonly string[];
  /** The strategy in the words of the specification. */
  readonly strategy: string;
  readonly args: readonly unknown[];
  /** The result without a callback, and when every callback lets the question pass. */
  readonly empty: unknown;
  /** Answers after which the next callback is asked; none where only one callback is ever asked. */
  readonly pass: readonly unknown[];
  /** Answers that end the walk, with the result. */
  readonly end: readonly (readonly [answer: unknown, result: unknown])[];
  /** Answers of deprecated forms, with the result; "pass" where the next callback is asked. */
  readonly deprecated?: readonly (readonly [answer: unknown, result: unknown])[];
  readonly illegal?: readonly (readonly [answer: unknown, effect: IllegalEffect])[];
}

/** A password that log lines show in several forms: escaped in JSON, encoded in a URL. */
export const PASSWORD = 'hunter2 & "Höl/der"';

const alice = "@alice:example.org";
const bob = "@bob:remote.example";
const room = "!room:example.org";
const event = new RoomEvent({
  event_id: "$event",
  room_id: room,
  type: "m.room.member",
  sender: bob,
  state_key: alice,
  content: { membership: "invite" },
});
const state = StateMap.ofEvents([event]);
const presence: UserPresenceState = {
  userId: alice,
  state: "online",
  lastActiveTs: 1,
  lastFederationUpdateTs: 2,
  lastUserSyncTs: 3,
  statusMsg: null,
  currentlyActive: true,
};

const denied = deny("M_FORBIDDEN");
const stock = deny("M_FORBIDDEN", { error: "This message was rejected as probable spam" });
const denial = deny("M_BAD_ALIAS", { error: "no", another_field: 12345 });
const pair = ["M_BAD_ALIAS", { error: "no", another_field: 12345 }];
const meaningless = [null, undefined, 0, 1, {}, [], [1, 2], ["M_BAD_ALIAS"], ["boo", {}], ["M_BAD_ALIAS", {}, 1]];

const denies = (result: unknown, answers: readonly unknown[]) => answers.map((answer) => [answer, { result }] as const);
const verdict = {
  strategy: "first denial",
  empty: NOT_SPAM,
  pass: [NOT_SPAM],
  end: [
    ["M_LIMIT_EXCEEDED", deny("M_LIMIT_EXCEEDED")],
    ["ORG_MATRIX_EXPIRED_ACCOUNT", deny("ORG_MATRIX_EXPIRED_ACCOUNT")],
    [denial, denial],
  ],
  failure: "propagate",
  shield: true,
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
  strategy: "first truthy answer",
  empty: false,
  pass: [false],
  end: [[true, true]],
  illegal: [
    ...[null, undefined, 0, "", [], {}].map((answer) => [answer, "skip"] as const),
    ...[1, "NOT_SPAM", { a: 1 }].map((answer) => [answer, { result: true }] as const),
  ],
  failure: "propagate",
  shield: true,
} as const;
const unlessFalse = {
  strategy: "first `false`",
  empty: true,
  pass: [true],
  end: [[false, false]],
  illegal: [null, undefined, 0, "", "false", [], {}].map((answer) => [answer, "skip"] as const),
  shield: true,
} as const;
const told = { strategy: "every callback", empty: undefined, pass: [undefined, false, "x"], end: [] } as const;
const notified = { ...told, failure: "catchError", shield: false } as const;

const slot = { enter: async () => 100, exit: async () => undefined };
const controlled = { since: "1.49.0", failure: "propagate", shield: false, strategy: "the only callback" } as const;
const batchSize = {
  ...controlled,
  parameters: ["updateName", "databaseName"],
  args: ["reindex", "master"],
  empty: undefined,
  pass: [],
  end: [[50, 50]],
  illegal: [null, undefined, "50", {}, NaN, true].map((answer) => [answer, "failure"] as const),
} as const;
const legacy = {
  since: "1.39.0",
  status: "legacy",
  failure: "propagate",
  shield: false,
  strategy: "the only callback",
  empty: undefined,
  pass: [],
} as const;

const onLogin = () => undefined;
const success = {
  strategy: "first answer that is not null",
  failure: "skipWarn",
  shield: true,
  empty: undefined,
  pass: [null, undefined],
  end: [
    [
      [alice, null],
      [alice, null],
    ],
    [
      [alice, undefined],
      [alice, null],
    ],
    [
      [alice, onLogin],
      [alice, onLogin],
    ],
    [
      ["", null],
      ["", null],
    ],
  ],
  illegal: [alice, [alice], [alice, null, null], [alice, 3], [3, null], false, true, {}].map(
    (answer) => [answer, "skip"] as const,
  ),
} as const;
const firstText = {
  strategy: "first string",
  failure: "failInternally",
  shield: true,
  parameters: ["uiaResults", "params"],
  secret: ["uiaResults", "params"],
  args: [{ "m.login.registration_token": "regtoken-1" }, { username: "rin", password: PASSWORD }],
  empty: undefined,
  pass: [null, undefined],
  end: [
    ["bob", "bob"],
    ["", ""],
  ],
  illegal: [3, true, false, {}, ["bob"]].map((answer) => [answer, "skip"] as const),
} as const;

const notAllowedPair = [true, false, null, undefined, {}, { a: 1, b: 2 }, [], [true], [true, null, 1], event];

/** Every hook that modules can register, by category. */
export const EXPECTED: Readonly<Record<string, Readonly<Record<string, ExpectedHook>>>> = {
  SpamChecker: {
    checkEventForSpam: {
      ...verdict,
      since: "1.37.0",
      parameters: ["event"],
      args: [event],
      deprecated: [
        [false, "pass"],
        [true, denied],
        ["boo", deny("M_FORBIDDEN", { error: "boo" })],
        [pair, denial],
      ],
      illegal: denies(stock, meaningless),
    },
    shouldDropFederatedEvent: { ...truthy, since: "1.60.0", parameters: ["event"], args: [event] },
    userMayJoinRoom: {
      ...may,
      since: "1.37.0",
      parameters: ["userId", "roomId", "isInvited"],
      args: [alice, room, true],
    },
    userMayInvite: { ...may, since: "1.37.0", parameters: ["inviter", "invitee", "roomId"], args: [alice, bob, room] },
    federatedUserMayInvite: { ...may, since: "1.133.0", parameters: ["event"], args: [event] },
    userMaySend3pidInvite: {
      ...may,
      since: "1.45.0",
      parameters: ["inviter", "medium", "address", "roomId"],
      args: [alice, "email", "bob@example.org", room],
    },
    userMayCreateRoom: {
      ...may,
      since: "1.37.0",
      parameters: ["userId", "roomConfig"],
      copied: ["roomConfig"],
      args: [alice, { invite: [bob] }],
    },
    userMayCreateRoomAlias: {
      ...may,
      since: "1.37.0",
      parameters: ["userId", "roomAlias"],
      args: [alice, RoomAlias.fromString("#room:example.org")],
    },
    userMayPublishRoom: { ...may, since: "1.37.0", parameters: ["userId", "roomId"], args: [alice, room] },
    userMaySendStateEvent: {
      ...verdict,
      since: "1.132.0",
      status: "experimental",
      parameters: ["userId", "roomId", "eventType", "stateKey", "content"],
      copied: ["content"],
      args: [alice, room, "m.room.topic", "", { topic: "x" }],
      illegal: denies(denied, [...meaningless, "boo", true, false, pair]),
    },
    checkUsernameForSpam: {
      ...truthy,
      since: "1.37.0",
      parameters: ["userProfile", "requesterId"],
      copied: ["userProfile"],
      args: [{ user_id: bob, display_name: "Bob", avatar_url: null }, alice],
    },
    checkRegistrationForSpam: {
      since: "1.37.0",
      failure: "propagate",
      shield: true,
      parameters: ["emailThreepid", "username", "requestInfo", "authProviderId"],
      strategy: "first that is not `allow`",
      args: [{ medium: "email", address: "a@example.org", validated_at: 1 }, "rin", [["agent", "::1"]], null],
      empty: RegistrationBehaviour.ALLOW,
      pass: [RegistrationBehaviour.ALLOW],
      end: [
        [RegistrationBehaviour.DENY, RegistrationBehaviour.DENY],
        [RegistrationBehaviour.SHADOW_BAN, RegistrationBehaviour.SHADOW_BAN],
      ],
      illegal: [null, undefined, true, false, "ban", "M_FORBIDDEN", NOT_SPAM, {}].map(
        (answer) => [answer, "failure"] as const,
      ),
    },
    checkMediaFileForSpam: {
      ...verdict,
      since: "1.37.0",
      parameters: ["file", "fileInfo"],
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
      since: "1.87.0",
      parameters: ["userId", "deviceId", "initialDisplayName", "requestInfo", "authProviderId"],
      args: [alice, "DEVICE", null, [["agent", "::1"]], null],
      deprecated: [[pair, denial]],
      illegal: denies(denied, [...meaningless, "boo", true, false]),
    },
  },
  ThirdPartyRules: {
    checkEventAllowed: {
      since: "1.39.0",
      status: "experimental",
      failure: "failModule",
      shield: true,
      parameters: ["event", "stateEvents"],
      lazy: ["stateEvents"],
      strategy: "first refusal or replacement",
      args: [event, state],
      empty: [true, null],
      pass: [
        [true, null],
        [true, undefined],
      ],
      end: [
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
          [true, event],
        ].map((answer) => [answer, "skip"] as const),
        [[null, { a: 1 }], { result: [true, { a: 1 }] }],
      ],
    },
    onCreateRoom: {
      ...told,
      since: "1.39.0",
      failure: "forbid",
      shield: false,
      parameters: ["requester", "requestContent", "isRequesterAdmin"],
      args: [
        {
          user: ParsedUserId.fromString(alice),
          userId: alice,
          accessTokenId: 1,
          isGuest: false,
          scope: new Set(),
          shadowBanned: false,
          deviceId: null,
          appServiceId: null,
          authenticatedEntity: alice,
        },
        { preset: "public_chat" },
        false,
      ],
    },
    checkThreepidCanBeInvited: {
      ...unlessFalse,
      since: "1.39.0",
      failure: "skipWarn",
      parameters: ["medium", "address", "stateEvents"],
      lazy: ["stateEvents"],
      args: ["email", "bob@example.org", state],
    },
    checkVisibilityCanBeModified: {
      ...unlessFalse,
      since: "1.39.0",
      failure: "skipWarn",
      parameters: ["roomId", "stateEvents", "newVisibility"],
      lazy: ["stateEvents"],
      args: [room, state, "public"],
    },
    onNewEvent: {
      ...notified,
      since: "1.47.0",
      parameters: ["event", "stateEvents"],
      lazy: ["stateEvents"],
      args: [event, state],
    },
    checkCanShutdownRoom: {
      ...unlessFalse,
      since: "1.55.0",
      failure: "skipError",
      parameters: ["userId", "roomId"],
      args: [null, room],
    },
    checkCanDeactivateUser: {
      ...unlessFalse,
      since: "1.55.0",
      failure: "skipError",
      parameters: ["userId", "byAdmin"],
      args: [alice, true],
    },
    onProfileUpdate: {
      ...notified,
      since: "1.54.0",
      parameters: ["userId", "newProfile", "byAdmin", "deactivation"],
      args: [alice, { displayName: "Alice", avatarUrl: null }, false, false],
    },
    onUserDeactivationStatusChanged: {
      ...notified,
      since: "1.54.0",
      parameters: ["userId", "deactivated", "byAdmin"],
      args: [alice, true, false],
    },
    onThreepidBind: {
      ...notified,
      since: "1.56.0",
      status: "deprecated",
      parameters: ["userId", "medium", "address"],
      args: [alice, "email", "a@example.org"],
    },
    onAddUserThirdPartyIdentifier: {
      ...notified,
      since: "1.79.0",
      parameters: ["userId", "medium", "address"],
      args: [alice, "email", "a@example.org"],
    },
    onRemoveUserThirdPartyIdentifier: {
      ...notified,
      since: "1.79.0",
      parameters: ["userId", "medium", "address"],
      args: [alice, "msisdn", "4912345"],
    },
  },
  PresenceRouter: {
    getUsersForStates: {
      since: "1.42.0",
      failure: "skipWarn",
      shield: true,
      parameters: ["stateUpdates"],
      strategy: "union per user",
      args: [[presence]],
      empty: new Map(),
      pass: [new Map()],
      end: [],
      illegal: [null, undefined, [], {}, new Set(), "ALL", new Map([[bob, [presence]]])].map(
        (answer) => [answer, "skip"] as const,
      ),
    },
    getInterestedUsers: {
      since: "1.42.0",
      failure: "skipWarn",
      shield: true,
      parameters: ["userId"],
      strategy: "union, or `ALL` as soon as it is answered",
      args: [alice],
      empty: new Set(),
      pass: [new Set()],
      end: [[PRESENCE_ALL_USERS, PRESENCE_ALL_USERS]],
      illegal: [null, undefined, [bob], {}, "all", bob].map((answer) => [answer, "skip"] as const),
    },
  },
  AccountValidity: {
    isUserExpired: {
      since: "1.39.0",
      failure: "propagate",
      shield: true,
      parameters: ["userId"],
      strategy: "first answer that is not null",
      args: [alice],
      empty: undefined,
      pass: [null, undefined],
      end: [
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
      ...told,
      since: "1.39.0",
      failure: "propagate",
      shield: false,
      parameters: ["userId"],
      args: [alice],
    },
    onUserLogin: {
      ...told,
      since: "1.98.0",
      failure: "propagate",
      shield: false,
      parameters: ["userId", "authProviderType", "authProviderId"],
      args: [alice, "m.login.password", null],
    },
    onLegacySendMail: {
      ...legacy,
      parameters: ["userId"],
      args: [alice],
      end: [["ignored", undefined]],
    },
    onLegacyRenew: {
      ...legacy,
      parameters: ["renewalToken"],
      secret: ["renewalToken"],
      args: ["renewal-token-1"],
      end: [
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
      ...legacy,
      parameters: ["request"],
      secret: ["request"],
      args: [
        new Request("https://example.org/_synapse/admin/v1/account_validity/validity?access_token=mas_query-token", {
          method: "POST",
          headers: { authorization: "Bearer syt_header-token" },
        }),
      ],
      end: [[1700000000000, 1700000000000]],
      illegal: [null, undefined, "tomorrow", true, {}].map((answer) => [answer, "failure"] as const),
    },
  },
  PasswordAuth: {
    authChecker: {
      ...success,
      since: "1.46.0",
      parameters: ["username", "loginType", "loginDict"],
      secret: ["loginDict"],
      args: ["alice", "m.login.password", { password: PASSWORD }],
    },
    check3pidAuth: {
      ...success,
      since: "1.46.0",
      parameters: ["medium", "address", "password"],
      secret: ["password"],
      args: ["email", "alice@example.org", PASSWORD],
    },
    onLoggedOut: {
      ...told,
      since: "1.46.0",
      failure: "catchWarn",
      shield: false,
      parameters: ["userId", "deviceId", "accessToken"],
      secret: ["accessToken"],
      args: [alice, "DEVICE", "syt_access-token"],
    },
    getUsernameForRegistration: { ...firstText, since: "1.52.0" },
    getDisplaynameForRegistration: { ...firstText, since: "1.54.0" },
    is3pidAllowed: {
      since: "1.53.0",
      failure: "failInternally",
      shield: true,
      parameters: ["medium", "address", "registration"],
      strategy: "first `false`",
      args: ["email", "alice@example.org", true],
      empty: true,
      pass: [true],
      end: [[false, false]],
      illegal: [null, undefined, 0, "", "no", {}].map((answer) => [answer, "skip"] as const),
    },
  },
  BackgroundUpdates: {
    onUpdate: {
      ...controlled,
      synchronous: true,
      parameters: ["updateName", "databaseName", "oneShot"],
      args: ["reindex", "master", false],
      empty: undefined,
      pass: [],
      end: [[slot, slot]],
      illegal: [null, undefined, "text", 5, {}, { enter: slot.enter }, Promise.resolve(slot)].map(
        (answer) => [answer, "failure"] as const,
      ),
    },
    defaultBatchSize: batchSize,
    minBatchSize: batchSize,
  },
  AccountData: {
    onAccountDataUpdated: {
      ...notified,
      since: "1.57.0",
      parameters: ["userId", "roomId", "type", "content"],
      args: [alice, null, "m.direct", {}],
    },
  },
  UnsignedFields: {
    addFieldToUnsigned: {
      since: "1.96.0",
      failure: "propagate",
      shield: false,
      parameters: ["event"],
      strategy: "all objects in one, later values win",
      args: [event],
      empty: {},
      pass: [{}],
      end: [],
      illegal: [null, undefined, true, "x", [], new Map()].map((answer) => [answer, "failure"] as const),
    },
  },
  MediaRepository: {
    getMediaConfigForUser: {
      since: "1.132.0",
      status: "experimental",
      failure: "propagate",
      shield: true,
      parameters: ["userId"],
      strategy: "first answer that is not null",
      args: [alice],
      empty: undefined,
      pass: [null, undefined, {}],
      end: [[{ "m.upload.size": 1024 }, { "m.upload.size": 1024 }]],
      illegal: ["text", 5, true, false, [1], new Map([["a", 1]])].map((answer) => [answer, "skip"] as const),
    },
    isUserAllowedToUploadMediaOfSize: {
      since: "1.132.0",
      status: "experimental",
      failure: "propagate",
      shield: true,
      parameters: ["userId", "size"],
      strategy: "first falsy answer",
      args: [alice, 1024],
      empty: true,
      pass: [true],
      end: [[false, false]],
      illegal: [
        ...[1, "no"].map((answer) => [answer, "skip"] as const),
        ...[null, undefined, 0, {}].map((answer) => [answer, { result: false }] as const),
      ],
    },
    getMediaUploadLimitsForUser: {
      since: "1.139.0",
      status: "experimental",
      failure: "propagate",
      shield: true,
      parameters: ["userId"],
      strategy: "first answer that is not null",
      args: [alice],
      empty: undefined,
      pass: [null, undefined],
      end: [
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
      ...told,
      since: "1.139.0",
      status: "experimental",
      failure: "propagate",
      shield: true,
      parameters: ["userId", "limit", "sentBytes", "attemptedBytes"],
      copied: ["limit"],
      args: [alice, { maxBytes: 10, timePeriodMs: 20 }, 3, 4],
    },
  },
  Ratelimit: {
    getRatelimitOverrideForUser: {
      since: "1.132.0",
      status: "experimental",
      failure: "propagate",
      shield: true,
      parameters: ["userId", "limiterName"],
      strategy: "first answer that is not null",
      args: [alice, "rc_invites.per_user"],
      empty: undefined,
      pass: [null, undefined],
      end: [
        [
          { perSecond: 0, burstCount: 0 },
          { perSecond: 0, burstCount: 0 },
        ],
      ],
      illegal: ["text", true, false, 0, 5, { a: 1 }, { perSecond: "1", burstCount: 1 }].map(
        (answer) => [answer, "skip"] as const,
      ),
    },
  },
  // Later than the version that the specification describes: as the installed Synapse 1.163 has it.
  Federation: {
    onEventDeliveredOverFederation: {
      ...notified,
      since: "1.158.0",
      parameters: ["delivery"],
      args: [{ serverName: "remote.example", events: [event], method: "/send" }],
    },
  },
};

/** What callbacks of a hook receive: the arguments and the context. */
export function received({ args }: ExpectedHook, context: object = NO_CONTEXT): unknown[] {
  return [...args, context];
}
