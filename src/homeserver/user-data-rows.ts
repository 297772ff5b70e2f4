import type { DeviceId, RoomId, UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import type { PresenceState } from "../matrix/records.js";
import type { PushRuleAction, PushRuleKind } from "../services/push-rules.js";

// All times are milliseconds since the epoch.

/** Account data of a user, global or of a room. @public */
export interface AccountDataRow {
  userId: UserId;
  /** Empty for global data. */
  roomId: RoomId | "";
  type: string;
  content: JsonObject;
  /** Increases with each change of any user's data. */
  stream: number;
}

/** A filter: what a client wants to receive. @public */
export interface FilterRow {
  userId: UserId;
  filterId: string;
  filter: JsonObject;
}

/** A push rule's actions, where a user changed them. @public */
export interface PushRuleRow {
  userId: UserId;
  kind: PushRuleKind;
  ruleId: string;
  actions: PushRuleAction[];
}

/** A pusher that a client registered. @public */
export interface PusherRow {
  userId: UserId;
  appId: string;
  pushKey: string;
  pushKeyTs: number;
  deviceId: DeviceId | null;
  url: string;
  data: JsonObject;
  /** What the client calls itself and the device, for people, as in the specification. */
  names?: JsonObject;
}

/** What is known of the presence of a user. @public */
export interface PresenceRow {
  userId: UserId;
  state: PresenceState;
  lastActiveTs: number;
  lastFederationUpdateTs: number;
  lastUserSyncTs: number;
  statusMsg: string | null;
  currentlyActive: boolean;
  /** Increases with each change of any user's presence. */
  stream: number;
}

/** A file that a user uploaded. @public */
export interface MediaRow {
  mediaId: string;
  userId: UserId;
  content: Uint8Array;
  contentType: string;
  name: string | null;
  createdTs: number;
}
