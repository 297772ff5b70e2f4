import { andThen } from "../hooks/and-then.js";
import { methodFor, category } from "../hooks/category.js";
import type { HookContext } from "../hooks/context.js";
import { propagate } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { legal, yesOrNo } from "../hooks/legal-answers.js";
import type { Parameter } from "../hooks/parameter.js";
import { firstOther, firstTruthy, illegalAnswer } from "../hooks/strategies.js";
import type { DeviceId, RoomAlias, RoomId, UserId, Medium } from "../matrix/identifiers.js";
import { copyJson, type JsonObject } from "../matrix/json.js";
import { EVENT_PRIVACY, FILE_INFO_PRIVACY, USER_PROFILE_PRIVACY } from "../matrix/privacy.js";
import { RegistrationBehaviour, type FileInfo, type ReadableFile, type UserProfile } from "../matrix/records.js";
import type { RoomEvent } from "../matrix/room-event.js";
import { NOT_SPAM, type Verdict } from "../matrix/verdict.js";
import { eventVerdicts, forbidden, verdicts, type SpamAnswer } from "./verdicts.js";

/**
 * Every hook of the category is shielded and throws its callbacks' errors: a failing checker stops the operation. All
 * are questions before the act.
 */
const checked = { failure: propagate, shield: true, repeatable: true } as const;
/** The `userMay…` hooks, where `true` is the deprecated way to say "may". */
const may = { ...checked, answers: verdicts({ passes: true, pair: true }), refusal: forbidden("403 `M_FORBIDDEN`") };

const userId: Parameter = { name: "userId", summary: "the user who asks", privacy: "personal", facet: "user" };
const roomId: Parameter = { name: "roomId", summary: "the room", privacy: "personal", facet: "room" };
const inviter: Parameter = { name: "inviter", summary: "the user who invites", privacy: "personal", facet: "user" };
const requestInfo = (summary: string): Parameter => ({ name: "requestInfo", summary, privacy: "personal" });
const authProviderId: Parameter = {
  name: "authProviderId",
  summary: "the identity provider of a single sign-on, or null",
  privacy: "public",
};
const event = (summary: string) => ({ name: "event", summary, kind: "event", privacy: EVENT_PRIVACY }) as const;

const FIRST_OTHER_BEHAVIOUR = {
  name: "first that is not `allow`",
  summary: "The first answer other than `allow` decides; `allow` if there is none.",
};

/** The e-mail address that a registration has verified. @public */
export interface EmailThreepid {
  readonly medium: "email";
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly validated_at: number;
}

/** Where a request came from. @public */
export type RequestInfo = readonly [userAgent: string | null, ip: string];

export const spamChecker = category({
  name: "SpamChecker",
  summary: "Refuses events, registrations, logins, files and what users want to do.",
  since: "1.37.0",
  methods: (chains) => ({
    ...chains,
    federatedUserMayInvite: methodFor(chains.federatedUserMayInvite, (event: RoomEvent, context?: HookContext) =>
      andThen(chains.federatedUserMayInvite(event, context), (verdict) =>
        verdict === NOT_SPAM
          ? chains.userMayInvite(event.sender, event.stateKey as UserId, event.roomId, context)
          : verdict,
      ),
    ),
  }),
  hooks: {
    checkEventForSpam: hook<[event: RoomEvent], SpamAnswer, Verdict>({
      ...checked,
      summary:
        "Asked about every event of another server, and about local events except membership and those that create a room.",
      since: "1.37.0",
      key: "event.roomId",
      parameters: [event("the event, immutable")],
      answers: eventVerdicts,
      refusal: forbidden("403 `M_FORBIDDEN`; an event of another server is redacted and soft-failed for good"),
    }),
    shouldDropFederatedEvent: hook<[event: RoomEvent], boolean, boolean>({
      ...checked,
      summary:
        "Asked whether an event of another server is dropped unseen. Our view of the room then differs from others'.",
      since: "1.60.0",
      key: "event.roomId",
      parameters: [event("the event, immutable")],
      answers: yesOrNo("true to drop it, false to let it pass", firstTruthy()),
      // A dropped event is lost for good, and the room differs here from elsewhere.
      refusal: null,
    }),
    userMayJoinRoom: hook<[userId: UserId, roomId: RoomId, isInvited: boolean], SpamAnswer, Verdict>({
      ...may,
      summary: "Asked before a local user joins a room, unless an administrator acts or the room is being created.",
      since: "1.37.0",
      key: "userId",
      parameters: [
        { name: "userId", summary: "the user who will be in the room", privacy: "personal", facet: "user" },
        roomId,
        { name: "isInvited", summary: "whether the user has an invite to the room now", privacy: "public" },
      ],
    }),
    userMayInvite: hook<[inviter: UserId, invitee: UserId, roomId: RoomId], SpamAnswer, Verdict>({
      ...may,
      summary:
        "Asked before a local user invites a user, unless an administrator does, and about invites of other servers.",
      since: "1.37.0",
      key: "inviter",
      parameters: [inviter, { name: "invitee", summary: "the user who is invited", privacy: "personal" }, roomId],
    }),
    federatedUserMayInvite: hook<[event: RoomEvent], SpamAnswer, Verdict>({
      ...may,
      summary:
        "Asked about an invite of another server; when it passes, `userMayInvite` is asked about the same invite.",
      since: "1.133.0",
      key: "event.sender",
      parameters: [event("the invite, immutable, with the stripped state in `unsigned`")],
    }),
    userMaySend3pidInvite: hook<
      [inviter: UserId, medium: Medium, address: string, roomId: RoomId],
      SpamAnswer,
      Verdict
    >({
      ...may,
      summary: "Asked before a third-party identifier that belongs to no user is invited.",
      since: "1.45.0",
      key: "inviter",
      parameters: [
        inviter,
        { name: "medium", summary: "`email` or `msisdn`", privacy: "public" },
        { name: "address", summary: "the address as the client sent it", privacy: "personal" },
        roomId,
      ],
    }),
    userMayCreateRoom: hook<[userId: UserId, roomConfig: JsonObject], SpamAnswer, Verdict>({
      ...may,
      summary: "Asked before a room is created, unless by an administrator, and before any user upgrades a room.",
      since: "1.37.0",
      key: "userId",
      parameters: [
        userId,
        {
          name: "roomConfig",
          summary:
            "the body of the request; for an upgrade `creation_content` and `initial_state`; each callback has a copy",
          privacy: "body",
          copy: (config: JsonObject) => copyJson(config),
        },
      ],
    }),
    userMayCreateRoomAlias: hook<[userId: UserId, roomAlias: RoomAlias], SpamAnswer, Verdict>({
      ...may,
      summary: "Asked before a user other than an application service creates a room alias.",
      since: "1.37.0",
      key: "userId",
      parameters: [userId, { name: "roomAlias", summary: "the alias, parsed", privacy: "personal" }],
    }),
    userMayPublishRoom: hook<[userId: UserId, roomId: RoomId], SpamAnswer, Verdict>({
      ...may,
      summary: "Asked before a room is put into the public room list or taken out of it.",
      since: "1.37.0",
      key: "userId",
      parameters: [userId, roomId],
    }),
    userMaySendStateEvent: hook<
      [userId: UserId, roomId: RoomId, eventType: string, stateKey: string, content: JsonObject],
      SpamAnswer,
      Verdict
    >({
      ...checked,
      summary: "Asked before a client's state event is processed, unless an administrator sends it.",
      since: "1.132.0",
      status: "experimental",
      key: "userId",
      parameters: [
        userId,
        roomId,
        { name: "eventType", summary: "the type of the event", privacy: "public", facet: "type" },
        { name: "stateKey", summary: "the state key", privacy: "personal" },
        {
          name: "content",
          summary: "the content; each callback has a copy",
          privacy: "body",
          copy: (content: JsonObject) => copyJson(content),
        },
      ],
      answers: verdicts(),
      refusal: forbidden("403 `M_FORBIDDEN`"),
    }),
    checkUsernameForSpam: hook<[userProfile: UserProfile, requesterId: UserId], boolean, boolean>({
      ...checked,
      summary: "Asked about each user that a search in the user directory finds.",
      since: "1.37.0",
      frequent: true,
      parameters: [
        {
          name: "userProfile",
          summary: "the user found: `user_id`, `display_name`, `avatar_url`; each callback has a copy",
          privacy: USER_PROFILE_PRIVACY,
          copy: (profile: UserProfile) => ({ ...profile }),
        },
        { name: "requesterId", summary: "the user who searches", privacy: "personal", facet: "user" },
      ],
      answers: yesOrNo("true to hide the user, false to show them", firstTruthy()),
      refusal: { answer: true, effect: "the user is missing from the results" },
    }),
    checkRegistrationForSpam: hook<
      [
        emailThreepid: EmailThreepid | null,
        username: string | null,
        requestInfo: readonly RequestInfo[],
        authProviderId: string | null,
      ],
      RegistrationBehaviour,
      RegistrationBehaviour
    >({
      ...checked,
      summary:
        "Asked before an account is created, except by an application service. A denial looks like rate limiting.",
      since: "1.37.0",
      parameters: [
        {
          name: "emailThreepid",
          summary: "the verified e-mail address, or null",
          privacy: { medium: "public", address: "personal", validated_at: "public" },
        },
        {
          name: "username",
          summary: "the localpart, or null where the server will generate one",
          privacy: "personal",
        },
        requestInfo("pairs of user agent and IP address; empty for guests and for accounts made by the server"),
        authProviderId,
      ],
      answers: legal(
        "`RegistrationBehaviour.ALLOW`, `.SHADOW_BAN` or `.DENY`",
        firstOther<RegistrationBehaviour>(FIRST_OTHER_BEHAVIOUR, RegistrationBehaviour.ALLOW, readBehaviour),
        { privacy: "public" },
      ),
      refusal: { answer: RegistrationBehaviour.DENY, effect: "429 `M_UNKNOWN`" },
    }),
    checkMediaFileForSpam: hook<[file: ReadableFile, fileInfo: FileInfo], SpamAnswer, Verdict>({
      ...checked,
      summary:
        "Asked about every file after it's written and before it's kept: uploads, remote media, thumbnails, previews.",
      since: "1.37.0",
      parameters: [
        { name: "file", summary: "the file; `writeChunksTo` reads it", privacy: "body", lent: true },
        { name: "fileInfo", summary: "what is known about it", privacy: FILE_INFO_PRIVACY },
      ],
      answers: verdicts({ passes: false, pair: true }),
      refusal: forbidden("400 `M_UNKNOWN`, and the file is deleted; remote media is 404"),
    }),
    checkLoginForSpam: hook<
      [
        userId: UserId,
        deviceId: DeviceId | null,
        initialDisplayName: string | null,
        requestInfo: readonly RequestInfo[],
        authProviderId: string | null,
      ],
      SpamAnswer,
      Verdict
    >({
      ...checked,
      summary: "Asked after a user has authenticated, before a device and a token are created.",
      since: "1.87.0",
      key: "userId",
      parameters: [
        userId,
        { name: "deviceId", summary: "the device that the client asks for, or null", privacy: "personal" },
        { name: "initialDisplayName", summary: "the display name for a new device, or null", privacy: "personal" },
        requestInfo("exactly one pair of user agent and IP address"),
        authProviderId,
      ],
      answers: verdicts({ pair: true }),
      refusal: forbidden("403 `M_FORBIDDEN`"),
    }),
  },
});

function readBehaviour(answer: unknown): RegistrationBehaviour {
  const behaviours: readonly unknown[] = Object.values(RegistrationBehaviour);
  if (behaviours.includes(answer)) return answer as RegistrationBehaviour;
  throw illegalAnswer(answer, "RegistrationBehaviour.ALLOW, .SHADOW_BAN or .DENY");
}
