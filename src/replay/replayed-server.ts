import { Server } from "../services/server.js";
import type { Scene } from "./scene.js";

/** What a configuration says of its homeserver. */
export interface ServerFacts {
  readonly serverName?: string;
  readonly publicBaseUrl?: string;
}

/** The homeserver as far as the configuration describes it. The rest is unknown. */
export class ReplayedServer extends Server {
  /** @param module the id of the module that it is for */
  constructor(
    private readonly facts: ServerFacts,
    private readonly module: string,
    private readonly scene: Scene,
  ) {
    super();
  }

  get serverName(): string {
    return this.facts.serverName ?? this.#unknown("serverName");
  }

  get publicBaseUrl(): string {
    return this.facts.publicBaseUrl ?? this.#unknown("publicBaseUrl");
  }

  get emailAppName(): string {
    return this.#unknown("emailAppName");
  }

  get workerName(): string | null {
    return this.#unknown("workerName");
  }

  get workerApp(): string | null {
    return this.#unknown("workerApp");
  }

  get customTemplateDir(): string | null {
    return this.#unknown("customTemplateDir");
  }

  shouldRunBackgroundTasks(): boolean {
    return this.#unknown("shouldRunBackgroundTasks");
  }

  #unknown(member: string): never {
    throw this.scene.note({ reason: "missing read", path: `Server.${member}`, module: this.module });
  }
}
