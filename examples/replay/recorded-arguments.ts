import {
  ParsedUserId,
  RoomAlias,
  RoomEvent,
  StateMap,
  type JsonObject,
  type JsonValue,
  type ReadableFile,
  type Requester,
  type RoomEventDict,
  type UserId,
} from "ligand";

/** A line of a recording that cannot be replayed, and why. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/** How the parameters that JSON cannot carry are written in a recording, by the name of the parameter. */
const READERS: Readonly<Record<string, (value: JsonValue) => unknown>> = {
  event: roomEvent,
  stateEvents: (value) => StateMap.ofEvents(listOf(value, "`stateEvents`").map(roomEvent)),
  roomAlias: (value) => RoomAlias.fromString(textOf(value, "`roomAlias`")),
  requester,
  file: readableFile,
};

/** The value that a hook takes, from the value in the recording. @throws {RecordingError} when it cannot be made. */
export function readArgument(parameter: string, value: JsonValue): unknown {
  return READERS[parameter]?.(value) ?? value;
}

function roomEvent(value: JsonValue): RoomEvent {
  const dict = objectOf(value, "an event");
  for (const key of ["room_id", "type", "sender"]) textOf(dict[key], `\`${key}\` of an event`);
  objectOf(dict.content, "`content` of an event");
  return new RoomEvent(dict as unknown as RoomEventDict);
}

/** `{ "user_id", "device_id"?, "is_guest"? }` */
function requester(value: JsonValue): Requester {
  const { user_id, device_id = null, is_guest = false } = objectOf(value, "`requester`");
  const user = ParsedUserId.fromString(textOf(user_id, "`user_id` of a requester"));
  return {
    user,
    userId: String(user) as UserId,
    accessTokenId: null,
    isGuest: is_guest === true,
    scope: new Set(),
    shadowBanned: false,
    deviceId: device_id === null ? null : textOf(device_id, "`device_id` of a requester"),
    appServiceId: null,
    authenticatedEntity: String(user),
  };
}

/** `{ "path", "text" }`, or `"base64"` in the place of `"text"`. */
function readableFile(value: JsonValue): ReadableFile {
  const { path, text, base64 } = objectOf(value, "`file`");
  const bytes =
    base64 === undefined
      ? new TextEncoder().encode(textOf(text, "`text` of a file"))
      : new Uint8Array(Buffer.from(textOf(base64, "`base64` of a file"), "base64"));
  return { path: textOf(path, "`path` of a file"), writeChunksTo: async (write) => write(bytes) };
}

export function objectOf(value: JsonValue | undefined, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw unexpected(what, "an object", value);
}

export function textOf(value: JsonValue | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw unexpected(what, "text", value);
}

function listOf(value: JsonValue, what: string): JsonValue[] {
  if (Array.isArray(value)) return value;
  throw unexpected(what, "a list", value);
}

function unexpected(what: string, expected: string, value: JsonValue | undefined): RecordingError {
  const found = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60);
  return new RecordingError(`${what} must be ${expected}; found ${found}`);
}
