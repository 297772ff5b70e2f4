import type { RoomVisibility } from "../../catalogue/third-party-rules.js";
import { Codes } from "../../matrix/codes.js";
import { ParsedUserId, type Medium, type UserId } from "../../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { DEFAULT_ROOM_VERSION, ROOM_VERSIONS } from "../../matrix/room-versions.js";

/** An initial state event of a new room. @public */
export interface InitialState {
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

/** The body of a request to create a room, parsed and checked. */
export interface RoomRequest {
  readonly version: string;
  readonly visibility: RoomVisibility;
  readonly preset: "private_chat" | "trusted_private_chat" | "public_chat";
  readonly aliasName: string | null;
  readonly name: string | null;
  readonly topic: string | null;
  readonly invite: readonly UserId[];
  readonly invite3pid: readonly { readonly medium: Medium; readonly address: string }[];
  readonly isDirect: boolean;
  readonly creationContent: JsonObject;
  readonly initialState: readonly InitialState[];
  readonly powerLevels: JsonObject;
}

const PRESETS: readonly unknown[] = ["private_chat", "trusted_private_chat", "public_chat"];

/** @throws {MatrixError} 400 with the code for the mistake. */
export function readRoomRequest(body: JsonObject): RoomRequest {
  const version = body.room_version ?? DEFAULT_ROOM_VERSION;
  checkRoomVersion(version);
  const visibility = body.visibility ?? "private";
  if (visibility !== "public" && visibility !== "private") throw invalid("visibility is neither public nor private");
  const preset = body.preset ?? (visibility === "public" ? "public_chat" : "private_chat");
  if (!PRESETS.includes(preset)) throw invalid("preset is unknown");
  const aliasName = textOrNull(body, "room_alias_name");
  if (aliasName !== null && /[\s:#]/.test(aliasName)) throw invalid("room_alias_name has invalid characters");
  const invite = listOf(body, "invite");
  for (const userId of invite) {
    if (typeof userId !== "string" || !ParsedUserId.isValid(userId))
      throw invalid("invite has an item that isn't a user id");
  }
  return {
    version,
    visibility,
    preset: preset as RoomRequest["preset"],
    aliasName,
    name: textOrNull(body, "name"),
    topic: textOrNull(body, "topic"),
    invite: invite as UserId[],
    invite3pid: listOf(body, "invite_3pid").map(readThreepid),
    isDirect: body.is_direct === true,
    creationContent: objectOf(body, "creation_content"),
    initialState: listOf(body, "initial_state").map(readInitialState),
    powerLevels: objectOf(body, "power_level_content_override"),
  };
}

/** @throws {MatrixError} 400 `M_UNSUPPORTED_ROOM_VERSION`. */
export function checkRoomVersion(version: unknown): asserts version is string {
  if (typeof version === "string" && ROOM_VERSIONS.has(version)) return;
  throw new MatrixError(400, "This room version isn't supported", Codes.UNSUPPORTED_ROOM_VERSION);
}

function readInitialState(value: unknown): InitialState {
  if (!isPlainObject(value) || typeof value.type !== "string" || !isPlainObject(value.content)) {
    throw invalid("initial_state has an item that isn't a state event");
  }
  return { type: value.type, stateKey: String(value.state_key ?? ""), content: value.content as JsonObject };
}

function readThreepid(value: unknown): RoomRequest["invite3pid"][number] {
  const { medium, address } = isPlainObject(value) ? value : {};
  if ((medium !== "email" && medium !== "msisdn") || typeof address !== "string") {
    throw invalid("invite_3pid has an item that isn't a third-party identifier");
  }
  return { medium, address };
}

function textOrNull(body: JsonObject, key: string): string | null {
  const value = body[key] ?? null;
  if (value !== null && typeof value !== "string") throw invalid(`${key} isn't a string`);
  return value;
}

function listOf(body: JsonObject, key: string): unknown[] {
  const value = body[key] ?? [];
  if (!Array.isArray(value)) throw invalid(`${key} isn't a list`);
  return value;
}

function objectOf(body: JsonObject, key: string): JsonObject {
  const value = body[key] ?? {};
  if (!isPlainObject(value)) throw invalid(`${key} isn't an object`);
  return value as JsonObject;
}

function invalid(message: string): MatrixError {
  return new MatrixError(400, message, Codes.INVALID_PARAM);
}
