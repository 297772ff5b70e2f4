import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import {
  Cached,
  cacheOf,
  Every,
  inject,
  LigandError,
  Module,
  ModuleConfig,
  NOT_SPAM,
  PushRules,
  SpamChecker,
  ThirdPartyRules,
  UnsignedFields,
  type RoomEvent,
  type UserId,
} from "#src/index.js";
import { RecordConfig } from "./bridged-modules.js";

/** Writes down, for each hook, which process of the homeserver a service call from it went to. */
@Module({ config: RecordConfig })
export class ProcessProbe {
  readonly #instance = randomUUID();
  #lookups = 0;

  constructor(
    @inject(ModuleConfig) private readonly config: RecordConfig,
    @inject(PushRules) private readonly pushRules: PushRules,
  ) {}

  @SpamChecker.checkEventForSpam()
  async event(event: RoomEvent) {
    this.#record("checkEventForSpam", event.content["body"], await this.#process(), await this.lookUp("rooms"));
    return event.content["body"] === "spam" ? "M_FORBIDDEN" : NOT_SPAM;
  }

  @SpamChecker.checkLoginForSpam()
  async login(userId: UserId) {
    cacheOf(this, "lookUp").invalidateAll();
    this.#record("checkLoginForSpam", userId, await this.#process());
    return NOT_SPAM;
  }

  @ThirdPartyRules.onNewEvent()
  async told(event: RoomEvent) {
    if (event.type === "m.room.message")
      this.#record("onNewEvent", event.eventId, event.content["body"], await this.#process());
  }

  @UnsignedFields.addFieldToUnsigned()
  async unsigned() {
    return { "org.example.process": await this.#process() };
  }

  @Every("200ms")
  async tick() {
    this.#record("tick", this.#instance, await this.#process());
  }

  @Cached()
  async lookUp(_what: string): Promise<number> {
    return ++this.#lookups;
  }

  #record(hook: string, ...args: unknown[]): void {
    appendFileSync(this.config.file, `${JSON.stringify([hook, ...args])}\n`);
  }

  /** Only the main process changes push rules: it says that there is no such kind, where another refuses immediately. */
  async #process(): Promise<string> {
    try {
      await this.pushRules.setPushRuleAction("@nobody:synapse.test", "global", "no such kind" as "room", "", []);
      return "changed a push rule";
    } catch (error) {
      if (!(error instanceof LigandError)) throw error;
      return error.code === "LIGAND_NOT_SUPPORTED"
        ? "worker"
        : error.code === "LIGAND_ARGUMENT_INVALID"
          ? "main"
          : error.message;
    }
  }
}
