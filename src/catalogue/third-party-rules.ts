import { category } from "../hooks/category.js";
import { failModule, forbid, skip } from "../hooks/failure-policy.js";
import { hook, type Lazy } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import { firstFalse, illegalAnswer, requireJson, runAll } from "../hooks/strategies.js";
import { Remark, Stop, type Strategy } from "../hooks/strategy.js";
import type { Medium, RoomId, UserId } from "../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import type { ProfileInfo, Requester } from "../matrix/records.js";
import type { RoomEvent, RoomEventDict } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";

/** What `checkEventAllowed` answers: whether the event is allowed, and what takes its place. */
export type EventAllowed = readonly [allowed: boolean, replacement: JsonObject | RoomEventDict | null];

/** Whether a room can be found in the public room list. */
export type RoomVisibility = "public" | "private";

/** The state of the room, or a function that loads what callbacks look at. */
type LazyState = Lazy<StateMap<RoomEvent>>;

const mayUnlessFalse = {
  answers: "true to allow, false to refuse",
  strategy: firstFalse(),
  shield: true,
} as const;
const notified = {
  answers: "nothing",
  strategy: runAll(),
  failure: skip("error", { catchCancellation: true }),
  shield: false,
} as const;

const userId: Parameter = { name: "userId", summary: "the user" };
const byAdmin: Parameter = { name: "byAdmin", summary: "whether an administrator or the server itself does it" };
const medium: Parameter = { name: "medium", summary: "`email` or `msisdn`" };
const address: Parameter = { name: "address", summary: "the e-mail address, canonical, or the phone number's digits" };
const event = { name: "event", summary: "the event, immutable", kind: "event" } as const;
const state = (summary: string) => ({ name: "stateEvents", summary, kind: "state" }) as const;

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
      summary: "Asked about every event that is created here. The first refusal or replacement ends the walk.",
      since: "1.39.0",
      status: "experimental",
      parameters: [event, state("the state of the room before the event, by type and state key")],
      answers: "`[true, null]`, `[false, null]`, or `[true, replacement]` with an event in the form of `getDict()`",
      strategy: firstReplacement(),
      failure: failModule,
      shield: true,
    }),
    onCreateRoom: hook<[requester: Requester, requestContent: JsonObject, isRequesterAdmin: boolean], void, void>({
      summary: "Told before a room is created and before the request is validated. Throwing refuses the room.",
      since: "1.39.0",
      parameters: [
        { name: "requester", summary: "who asks" },
        {
          name: "requestContent",
          summary: "the body of the request; what a callback changes in it counts",
          mutable: true,
        },
        { name: "isRequesterAdmin", summary: "whether an administrator asks" },
      ],
      answers: "nothing; throw a `MatrixError` to refuse",
      strategy: runAll(),
      failure: forbid,
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
        { name: "address", summary: "the address as the client sent it" },
        state("the current state of the room"),
      ],
      failure: skip("warn"),
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
      parameters: [
        { name: "roomId", summary: "the room" },
        state("the current state of the room; empty while the room is created"),
        { name: "newVisibility", summary: "`public` or `private`" },
      ],
      failure: skip("warn"),
    }),
    onNewEvent: hook<
      [event: RoomEvent, stateEvents: StateMap<RoomEvent>],
      void,
      void,
      [event: RoomEvent, stateEvents: LazyState]
    >({
      ...notified,
      summary: "Told after an event was stored and before clients see it, in every process that receives it.",
      since: "1.47.0",
      parameters: [
        event,
        state("the current state of the room, perhaps incomplete while the room is still being joined"),
      ],
    }),
    checkCanShutdownRoom: hook<[userId: UserId | null, roomId: RoomId], boolean, boolean>({
      ...mayUnlessFalse,
      summary: "Asked before an administrator or a module shuts a room down.",
      since: "1.55.0",
      parameters: [
        { name: "userId", summary: "the administrator, or null when no user asked" },
        { name: "roomId", summary: "the room" },
      ],
      failure: skip("error"),
    }),
    checkCanDeactivateUser: hook<[userId: UserId, byAdmin: boolean], boolean, boolean>({
      ...mayUnlessFalse,
      summary: "Asked before an account is deactivated.",
      since: "1.55.0",
      parameters: [userId, byAdmin],
      failure: skip("error"),
    }),
    onProfileUpdate: hook<
      [userId: UserId, newProfile: ProfileInfo, byAdmin: boolean, deactivation: boolean],
      void,
      void
    >({
      ...notified,
      summary: "Told after a profile was changed, or erased at deactivation.",
      since: "1.54.0",
      parameters: [
        userId,
        { name: "newProfile", summary: "display name and avatar, each null when unset" },
        byAdmin,
        { name: "deactivation", summary: "whether the profile is erased because the account is deactivated" },
      ],
    }),
    onUserDeactivationStatusChanged: hook<[userId: UserId, deactivated: boolean, byAdmin: boolean], void, void>({
      ...notified,
      summary: "Told after an account was deactivated or reactivated.",
      since: "1.54.0",
      parameters: [userId, { name: "deactivated", summary: "whether the account is deactivated now" }, byAdmin],
    }),
    onThreepidBind: hook<[userId: UserId, medium: Medium, address: string], void, void>({
      ...notified,
      summary: "Told after `onAddUserThirdPartyIdentifier`, which replaces it.",
      since: "1.56.0",
      status: "deprecated",
      parameters: [userId, medium, address],
    }),
    onAddUserThirdPartyIdentifier: hook<[userId: UserId, medium: Medium, address: string], void, void>({
      ...notified,
      summary: "Told after a third-party identifier was added to an account.",
      since: "1.79.0",
      parameters: [userId, medium, address],
    }),
    onRemoveUserThirdPartyIdentifier: hook<[userId: UserId, medium: Medium, address: string], void, void>({
      ...notified,
      summary: "Told after a third-party identifier was removed from an account.",
      since: "1.79.0",
      parameters: [userId, medium, address],
    }),
  },
});

/** Refusal ends the walk, and so does a replacement: modules that follow are not asked about it. */
function firstReplacement(): Strategy<EventAllowed, EventAllowed> {
  const allowed: EventAllowed = Object.freeze([true, null]);
  const refused: EventAllowed = Object.freeze([false, null]);
  const expected = "[true or false, null or a replacement in the form of getDict()]";
  return {
    name: "first refusal or replacement",
    start: () => allowed,
    step: (state, answer) => {
      if (!Array.isArray(answer) || answer.length !== 2) throw illegalAnswer(answer, expected);
      const [allows, replacement] = answer as [unknown, unknown];
      if (allows === false) return new Stop(refused);
      const replaces = isPlainObject(replacement);
      if (replaces) requireJson(replacement, "a replacement");
      const outcome = replaces ? new Stop(Object.freeze([true, replacement as JsonObject] as const)) : state;
      return allows === true && (replaces || (replacement ?? null) === null)
        ? outcome
        : new Remark("illegal", expected, outcome);
    },
    done: (state) => state,
  };
}
