import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import {
  Codes,
  deny,
  inject,
  MatrixError,
  Module,
  ModuleConfig,
  NOT_SPAM,
  PasswordAuth,
  Rooms,
  SpamChecker,
  ThirdPartyRules,
  Users,
  type AuthResult,
  type JsonObject,
  type LoginResponse,
  type ReadableFile,
  type FileInfo,
  type Requester,
  type RoomEvent,
  type StateMap,
  type UserId,
  type RoomId,
} from "#src/index.js";

/** Where the modules write what they were asked, a line of JSON each. */
export class RecordConfig {
  file = "";
}

/** Judges by words in the text of a message. */
@Module()
export class WordChecker {
  @SpamChecker.checkEventForSpam()
  async check(event: RoomEvent) {
    const body = String(event.content["body"] ?? "");
    if (body.includes("known code")) {
      return deny(Codes.LIMIT_EXCEEDED, { error: "Not this, not here", retry_after_ms: 7 });
    }
    if (body.includes("own code")) return deny("ORG_EXAMPLE_SPAM", { error: "Our own reason", score: 3 });
    if (body.includes("plain")) return Codes.FORBIDDEN;
    if (body.includes("matrix error")) {
      throw new MatrixError(418, "a teapot", Codes.INVALID_PARAM, { fields: { pot: "tea" } });
    }
    if (body.includes("crash")) throw new TypeError("the module has a bug");
    if (body.includes("never")) {
      process.stdout.write("a call hangs\n");
      await new Promise(() => {});
    }
    return NOT_SPAM;
  }

  @SpamChecker.userMaySendStateEvent()
  state(_userId: UserId, _roomId: RoomId, _type: string, _stateKey: string, content: JsonObject) {
    return content["forbidden"] ? deny("ORG_EXAMPLE_STATE", { error: "No such state", hint: "x" }) : NOT_SPAM;
  }

  @SpamChecker.checkUsernameForSpam()
  hide(profile: { user_id: UserId }, requester: UserId) {
    return profile.user_id.startsWith("@hidden") && requester !== profile.user_id;
  }

  @SpamChecker.checkMediaFileForSpam()
  async media(file: ReadableFile, info: FileInfo) {
    const hash = createHash("sha256");
    await file.writeChunksTo((chunk) => hash.update(chunk));
    const spam = createHash("sha256").update("bad file").digest("hex");
    return hash.digest("hex") === spam && info.serverName === null ? Codes.FORBIDDEN : NOT_SPAM;
  }
}

@Module({ config: RecordConfig })
export class Recorder {
  constructor(
    @inject(ModuleConfig) private readonly config: RecordConfig,
    @inject(Users) private readonly users: Users,
    @inject(Rooms) private readonly rooms: Rooms,
  ) {}

  #record(hook: string, ...args: unknown[]) {
    appendFileSync(this.config.file, `${JSON.stringify([hook, ...args])}\n`);
  }

  @ThirdPartyRules.checkEventAllowed()
  replace(event: RoomEvent, state: StateMap<RoomEvent>) {
    if (event.type !== "m.room.message") return [true, null] as const;
    const body = String(event.content["body"]);
    if (body.includes("forbidden")) return [false, null] as const;
    if (!body.includes("shout")) return [true, null] as const;
    const creator = state.get("m.room.create")?.sender;
    const dict = event.getDict();
    return [
      true,
      { ...dict, content: { ...dict.content, body: body.toUpperCase(), creator: creator ?? null } },
    ] as const;
  }

  @ThirdPartyRules.onCreateRoom()
  create(requester: Requester, content: JsonObject, isAdmin: boolean) {
    if (content["name"] === "refuse") throw new MatrixError(403, "no such room", Codes.FORBIDDEN);
    if (content["name"] === "rename") content["name"] = `renamed for ${requester.user.localpart}, admin: ${isAdmin}`;
  }

  @ThirdPartyRules.onNewEvent()
  async told(event: RoomEvent) {
    if (event.type !== "m.room.topic") return;
    const info = await this.users.getUserInfoById(event.sender);
    const state = await this.rooms.getRoomState(event.roomId, [["m.room.name", ""]]);
    this.#record("onNewEvent", event.content["topic"], info, state.get("m.room.name")?.content ?? null);
  }
}

/** Lets users in whose password is their name backwards, and says so in the response of the login. */
/** Never starts. */
@Module()
export class Unstartable {
  constructor() {
    throw new Error("no connection to the oracle");
  }

  @SpamChecker.checkEventForSpam()
  check() {
    return "M_FORBIDDEN" as const;
  }
}

@Module()
export class Backwards {
  constructor(@inject(Users) private readonly users: Users) {}

  @PasswordAuth.authChecker("m.login.password", ["password"])
  async check(username: string, _type: string, { password }: JsonObject): Promise<AuthResult | null> {
    const userId = (username.startsWith("@") ? username : `@${username}:synapse.test`) as UserId;
    const localpart = userId.slice(1, userId.indexOf(":"));
    const exists = (await this.users.checkUserExists(userId)) !== null;
    if (!exists || password !== [...localpart].reverse().join("")) return null;
    return [userId, (response: LoginResponse) => void Object.assign(response, { "org.example.greeting": localpart })];
  }

  @PasswordAuth.authChecker("org.example.code", ["code"])
  checkCode(username: string, _type: string, { code }: JsonObject): AuthResult | null {
    return code === "1234" ? [username as UserId, null] : null;
  }
}
