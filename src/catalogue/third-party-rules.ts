import { category } from "../hooks/category.js";
import { failModule, forbid, skip } from "../hooks/failure-policy.js";
import { hook, type Lazy } from "../hooks/hook.js";
import { legal, nothing, yesOrNo } from "../hooks/legal-answers.js";
import type { Parameter } from "../hooks/parameter.js";
import { firstFalse, runAll } from "../hooks/strategies.js";
import { Codes } from "../matrix/codes.js";
import type { Medium, RoomId, UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { EVENT_PRIVACY, PROFILE_PRIVACY, REQUESTER_PRIVACY } from "../matrix/privacy.js";
import type { ProfileInfo, Requester } from "../matrix/records.js";
import type { RoomEvent } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";
import { firstReplacement, type EventAllowed } from "./event-allowed.js";
import { UNDECIDABLE } from "./verdicts.js";

/** Whether a room can be found in the public room list. @public */
export type RoomVisibility = "public" | "private";

/** The state of the room, or a function that loads what callbacks look at. */
type LazyState = Lazy<StateMap<RoomEvent>>;

const mayUnlessFalse = {
  answers: yesOrNo("true to allow, false to refuse", firstFalse()),
  shield: true,
  repeatable: true,
} as const;
const notified = {
  answers: nothing(runAll()),
  failure: skip("error", { catchCancellation: true }),
  refusal: null,
  shield: false,
} as const;

const userId: Parameter = { name: "userId", summary: "the user", privacy: "personal", facet: "user" };
const roomId: Parameter = { name: "roomId", summary: "the room", privacy: "personal", facet: "room" };
const byAdmin: Parameter = {
  name: "byAdmin",
  summary: "whether an administrator or the server itself does it",
  privacy: "public",
};
const medium: Parameter = { name: "medium", summary: "`email` or `msisdn`", privacy: "public" };
const address: Parameter = {
  name: "address",
  summary: "the e-mail address, canonical, or the phone number's digits",
  privacy: "personal",
};
const event = { name: "event", summary: "the event, immutable", kind: "event", privacy: EVENT_PRIVACY } as const;
const state = (summary: string) =>
  ({ name: "stateEvents", summary, kind: "state", privacy: { "*": EVENT_PRIVACY } }) as const;

export const thirdPartyRules = category({
  name: "ThirdPartyRules",
  summary: "Allows, changes and watches what happens in rooms and with accounts.",
  since: "1.39.0",
  hooks: {
    checkEventAllowed: hook<
      [event: RoomEvent, stateEvents: StateMap<RoomEvent>],
      EventAllowed,
      EventAllowed,
      [event: RoomEvent, stateEvents: LazyState]
    >({
      summary: "Asked about every event that is created here. The first refusal or replacement ends the dispatch.",
      since: "1.39.0",
      status: "experimental",
      repeatable: true,
      key: "event.roomId",
      parameters: [event, state("the state of the room before the event, by type and state key")],
      answers: legal(
        "`[true, null]`, `[false, null]`, or `[true, replacement]` with an event in the form of `getDict()`",
        firstReplacement(),
        { privacy: { 0: "public", 1: EVENT_PRIVACY } },
      ),
      failure: failModule,
      refusal: { answer: [false, null], effect: "403 `M_FORBIDDEN`" },
      atSynapse: { kind: "costs", what: "Synapse loads the state of the room for every event that is created here" },
      shield: true,
    }),
    onCreateRoom: hook<[requester: Requester, requestContent: JsonObject, isRequesterAdmin: boolean], void, void>({
      summary: "Called before a room is created and before the request is validated. Throwing refuses the room.",
      since: "1.39.0",
      key: "requester.userId",
      parameters: [
        { name: "requester", summary: "who asks", privacy: REQUESTER_PRIVACY, facet: "user" },
        {
          name: "requestContent",
          summary: "the body of the request; callbacks may change it",
          privacy: "body",
          mutable: true,
        },
        { name: "isRequesterAdmin", summary: "whether an administrator asks", privacy: "public" },
      ],
      answers: nothing(runAll(), "nothing; throw a `MatrixError` to refuse"),
      failure: forbid,
      refusal: { error: () => new MatrixError(403, UNDECIDABLE, Codes.FORBIDDEN), effect: "403 `M_FORBIDDEN`" },
      shield: false,
    }),
    checkThreepidCanBeInvited: hook<
      [medium: Medium, address: string, stateEvents: StateMap<RoomEvent>],
      boolean,
      boolean,
      [medium: Medium, address: string, stateEvents: LazyState]
    >({
      ...mayUnlessFalse,
      summary: "Asked before a third-party identifier is invited.",
      since: "1.39.0",
      parameters: [
        medium,
        { name: "address", summary: "the address as the client sent it", privacy: "personal" },
        state("the current state of the room"),
      ],
      failure: skip("warn"),
      refusal: { answer: false, effect: "403 `M_FORBIDDEN`" },
    }),
    checkVisibilityCanBeModified: hook<
      [roomId: RoomId, stateEvents: StateMap<RoomEvent>, newVisibility: RoomVisibility],
      boolean,
      boolean,
      [roomId: RoomId, stateEvents: LazyState, newVisibility: RoomVisibility]
    >({
      ...mayUnlessFalse,
      summary: "Asked when a room is created, with either visibility, and before a room is made public.",
      since: "1.39.0",
      key: "roomId",
      parameters: [
        roomId,
        state("the current state of the room; empty while the room is being created"),
        { name: "newVisibility", summary: "`public` or `private`", privacy: "public" },
      ],
      failure: skip("warn"),
      refusal: { answer: false, effect: "no room can be created: 403" },
    }),
    onNewEvent: hook<
      [event: RoomEvent, stateEvents: StateMap<RoomEvent>],
      void,
      void,
      [event: RoomEvent, stateEvents: LazyState]
    >({
      ...notified,
      summary: "Called after an event is stored and before clients see it, in every process that receives it.",
      since: "1.47.0",
      repeatable: true,
      key: "event.roomId",
      parameters: [
        event,
        state("the current state of the room, perhaps incomplete while the room is still being joined"),
      ],
    }),
    checkCanShutdownRoom: hook<[userId: UserId | null, roomId: RoomId], boolean, boolean>({
      ...mayUnlessFalse,
      summary: "Asked before an administrator or a module shuts a room down.",
      since: "1.55.0",
      key: "roomId",
      parameters: [
        {
          name: "userId",
          summary: "the administrator, or null when no user asked",
          privacy: "personal",
          facet: "user",
        },
        roomId,
      ],
      failure: skip("error"),
      refusal: { answer: false, effect: "403 `M_FORBIDDEN`; a shutdown in the background is asked about again" },
    }),
    checkCanDeactivateUser: hook<[userId: UserId, byAdmin: boolean], boolean, boolean>({
      ...mayUnlessFalse,
      summary: "Asked before an account is deactivated.",
      since: "1.55.0",
      key: "userId",
      parameters: [userId, byAdmin],
      failure: skip("error"),
      refusal: { answer: false, effect: "403 `M_FORBIDDEN`, for users who ask to be erased as well" },
    }),
    onProfileUpdate: hook<
      [userId: UserId, newProfile: ProfileInfo, byAdmin: boolean, deactivation: boolean],
      void,
      void
    >({
      ...notified,
      summary: "Called after a profile was changed, or erased at deactivation.",
      since: "1.54.0",
      key: "userId",
      parameters: [
        userId,
        { name: "newProfile", summary: "display name and avatar, each null when unset", privacy: PROFILE_PRIVACY },
        byAdmin,
        {
          name: "deactivation",
          summary: "whether the profile is erased because the account is deactivated",
          privacy: "public",
        },
      ],
    }),
    onUserDeactivationStatusChanged: hook<[userId: UserId, deactivated: boolean, byAdmin: boolean], void, void>({
      ...notified,
      summary: "Called after an account was deactivated or reactivated.",
      since: "1.54.0",
      key: "userId",
      parameters: [
        userId,
        { name: "deactivated", summary: "whether the account is deactivated now", privacy: "public" },
        byAdmin,
      ],
    }),
    onThreepidBind: hook<[userId: UserId, medium: Medium, address: string], void, void>({
      ...notified,
      summary: "Called after `onAddUserThirdPartyIdentifier`, which replaces it.",
      since: "1.56.0",
      status: "deprecated",
      key: "userId",
      parameters: [userId, medium, address],
    }),
    onAddUserThirdPartyIdentifier: hook<[userId: UserId, medium: Medium, address: string], void, void>({
      ...notified,
      summary: "Called after a third-party identifier was added to an account.",
      since: "1.79.0",
      key: "userId",
      parameters: [userId, medium, address],
    }),
    onRemoveUserThirdPartyIdentifier: hook<[userId: UserId, medium: Medium, address: string], void, void>({
      ...notified,
      summary: "Called after a third-party identifier was removed from an account.",
      since: "1.79.0",
      key: "userId",
      parameters: [userId, medium, address],
    }),
  },
});
