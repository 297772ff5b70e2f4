import { IsBoolean, IsNotEmpty, IsString } from "class-validator";
import {
  inject,
  Module,
  ModuleConfig,
  ThirdPartyRules,
  type EventAllowed,
  type JsonObject,
  type JsonValue,
  type Requester,
  type RoomEvent,
  type RoomId,
  type RoomVisibility,
  type StateMap,
} from "ligand";

export class CensorConfig {
  /** Words that become asterisks, in upper or lower case. */
  @IsString({ each: true }) @IsNotEmpty({ each: true }) words: string[] = [];
  /** Whether rooms that are not public are encrypted from the start. */
  @IsBoolean() force_encryption = true;
}

/** Makes words unreadable, encrypts private rooms for good, and keeps encrypted rooms out of the room list. */
@Module({ config: CensorConfig })
export class Censor {
  readonly #words: RegExp | undefined;

  constructor(@inject(ModuleConfig) private readonly config: CensorConfig) {
    const words = config.words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    this.#words = words.length > 0 ? new RegExp(`\\b(?:${words.join("|")})\\b`, "giu") : undefined;
  }

  // Nothing else of the room's state is loaded.
  @ThirdPartyRules.checkEventAllowed({ state: [["m.room.encryption", ""]] })
  checkEvent(event: RoomEvent, state: StateMap<RoomEvent>): EventAllowed {
    if (event.type === "m.room.encryption" && state.has("m.room.encryption")) return [false, null];
    // The event is immutable; `getDict()` is a copy to build the replacement of.
    const replacement = event.getDict();
    const content = this.#censored(replacement.content);
    if (JSON.stringify(content) === JSON.stringify(replacement.content)) return [true, null];
    return [true, { ...replacement, content }];
  }

  @ThirdPartyRules.onCreateRoom()
  encryptPrivateRooms(_requester: Requester, request: JsonObject): void {
    if (!this.config.force_encryption || isPublic(request)) return;
    const state = Array.isArray(request.initial_state) ? (request.initial_state as JsonObject[]) : [];
    if (state.some(({ type }) => type === "m.room.encryption")) return;
    const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
    // What a callback changes in the request counts.
    request.initial_state = [...state, encryption];
  }

  @ThirdPartyRules.checkVisibilityCanBeModified({ state: [["m.room.encryption", ""]] })
  checkVisibility(_roomId: RoomId, state: StateMap<RoomEvent>, visibility: RoomVisibility): boolean {
    return visibility === "private" || !state.has("m.room.encryption");
  }

  /** The same content with its texts censored, those of `m.new_content` included, where an edit has its text. */
  #censored(content: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, this.#censoredValue(key, value)]));
  }

  #censoredValue(key: string, value: JsonValue): JsonValue {
    if (key === "m.new_content" && isObject(value)) return this.#censored(value);
    if (!this.#words || !TEXTS.includes(key) || typeof value !== "string") return value;
    return value.replace(this.#words, (word) => "*".repeat(word.length));
  }
}

/** What people read of messages and of rooms. Other keys hold identifiers, which must stay what they are. */
const TEXTS: readonly string[] = ["body", "formatted_body", "topic", "name"];

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPublic({ preset, visibility }: JsonObject): boolean {
  return preset === "public_chat" || (preset === undefined && visibility === "public");
}
