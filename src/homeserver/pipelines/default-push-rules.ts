import type { UserId } from "../../matrix/identifiers.js";
import { isPlainObject, type JsonValue } from "../../matrix/json.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { PushRuleAction, PushRuleKind } from "../../services/push-rules.js";

/** What is the same for all who may be notified of an event. */
export interface RoomSituation {
  readonly event: RoomEvent;
  /** How many are in the room. */
  readonly memberCount: number;
  /** Whether the sender has the power to notify all of the room. */
  readonly mayNotifyRoom: boolean;
}

/** What a rule may look at. */
export interface PushSituation extends RoomSituation {
  /** Who would be notified. */
  readonly userId: UserId;
  readonly displayName: string | null;
}

/** A rule that every user has. */
export interface DefaultPushRule {
  readonly kind: PushRuleKind;
  readonly ruleId: string;
  readonly matches: (situation: PushSituation) => boolean;
  /** Unless the user, or a module, has set others. */
  readonly actions: readonly PushRuleAction[];
}

const SOUND: PushRuleAction = { set_tweak: "sound", value: "default" };
const RING: PushRuleAction = { set_tweak: "sound", value: "ring" };
const HIGHLIGHT: PushRuleAction = { set_tweak: "highlight" };

type Rule = readonly [ruleId: string, matches: DefaultPushRule["matches"], ...actions: PushRuleAction[]];

/** In this order the first that matches decides. (Matrix specification, "Predefined rules"; Synapse has the same.) */
const OVERRIDE: readonly Rule[] = [
  // It's off, and no user can turn it on here.
  [".m.rule.master", () => false],
  [".m.rule.suppress_notices", ({ event }) => event.content.msgtype === "m.notice"],
  [".m.rule.invite_for_me", (situation) => isInvite(situation), "notify", SOUND],
  [".m.rule.member_event", ({ event }) => event.type === "m.room.member"],
  [".m.rule.is_user_mention", (situation) => mentions(situation), "notify", SOUND, HIGHLIGHT],
  [
    ".m.rule.contains_display_name",
    ({ event, displayName }) => isOld(event) && displayName !== null && hasWord(event.content.body, displayName),
    "notify",
    SOUND,
    HIGHLIGHT,
  ],
  [
    ".m.rule.is_room_mention",
    ({ event, mayNotifyRoom }) => mentionsOf(event)?.["room"] === true && mayNotifyRoom,
    "notify",
    HIGHLIGHT,
  ],
  [
    ".m.rule.roomnotif",
    ({ event, mayNotifyRoom }) => isOld(event) && mayNotifyRoom && hasWord(event.content.body, "@room"),
    "notify",
    HIGHLIGHT,
  ],
  [".m.rule.tombstone", ({ event }) => isState(event, "m.room.tombstone"), "notify", HIGHLIGHT],
  [".m.rule.reaction", ({ event }) => event.type === "m.reaction"],
  [".m.rule.room.server_acl", ({ event }) => isState(event, "m.room.server_acl")],
  [".m.rule.suppress_edits", ({ event }) => relationOf(event) === "m.replace"],
];

const CONTENT: readonly Rule[] = [
  [
    ".m.rule.contains_user_name",
    ({ event, userId }) => isOld(event) && hasWord(event.content.body, userId.slice(1, userId.indexOf(":"))),
    "notify",
    SOUND,
    HIGHLIGHT,
  ],
];

const UNDERRIDE: readonly Rule[] = [
  [".m.rule.call", ({ event }) => event.type === "m.call.invite", "notify", RING],
  [".m.rule.room_one_to_one", ({ event, ...room }) => isTwo(room) && isMessage(event), "notify", SOUND],
  [".m.rule.encrypted_room_one_to_one", ({ event, ...room }) => isTwo(room) && isEncrypted(event), "notify", SOUND],
  [".m.rule.message", ({ event }) => isMessage(event), "notify"],
  [".m.rule.encrypted", ({ event }) => isEncrypted(event), "notify"],
];

export const DEFAULT_PUSH_RULES: readonly DefaultPushRule[] = Object.entries({
  override: OVERRIDE,
  content: CONTENT,
  underride: UNDERRIDE,
}).flatMap(([kind, rules]) =>
  rules.map(([ruleId, matches, ...actions]) => ({ kind: kind as PushRuleKind, ruleId, matches, actions })),
);

function isInvite({ event, userId }: PushSituation): boolean {
  return event.type === "m.room.member" && event.membership === "invite" && event.stateKey === userId;
}

function isMessage(event: RoomEvent): boolean {
  return event.type === "m.room.message";
}

function isEncrypted(event: RoomEvent): boolean {
  return event.type === "m.room.encrypted";
}

function isTwo({ memberCount }: Pick<PushSituation, "memberCount">): boolean {
  return memberCount === 2;
}

function isState(event: RoomEvent, type: string): boolean {
  return event.type === type && event.stateKey === "";
}

function mentionsOf(event: RoomEvent): Record<string, unknown> | undefined {
  const found = event.content["m.mentions"];
  return isPlainObject(found) ? found : undefined;
}

function mentions({ event, userId }: PushSituation): boolean {
  const users = mentionsOf(event)?.["user_ids"];
  return Array.isArray(users) && users.includes(userId);
}

/** An event that doesn't say whom it mentions: names in its text count. */
function isOld(event: RoomEvent): boolean {
  return event.content["m.mentions"] === undefined;
}

function relationOf(event: RoomEvent): unknown {
  const relation = event.content["m.relates_to"];
  return isPlainObject(relation) ? relation.rel_type : undefined;
}

function hasWord(body: unknown, word: string): boolean {
  if (typeof body !== "string" || word === "") return false;
  const isWordPart = (character: string | undefined) => character !== undefined && /[\w]/.test(character);
  const [text, wanted] = [body.toLowerCase(), word.toLowerCase()];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!isWordPart(text[at - 1]) && !isWordPart(text[at + wanted.length])) return true;
  }
  return false;
}

/** What the actions of a rule come to: the tweaks of a notification, or null for none. */
export function notificationOf(actions: readonly PushRuleAction[]): Record<string, JsonValue> | null {
  if (!actions.includes("notify") && !actions.includes("coalesce")) return null;
  const tweaks = actions.filter((action) => typeof action === "object");
  // A tweak without a value is one that is on.
  return Object.fromEntries(tweaks.map(({ set_tweak, value = true }) => [set_tweak, value]));
}
