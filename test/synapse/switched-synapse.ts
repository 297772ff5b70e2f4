import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "winston";
import { createLogger, serve, type ServedModules } from "#src/index.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import type { Entry } from "./ligand-serve.js";
import { MatrixClient } from "./matrix-client.js";
import type { RunningSynapse } from "./running-synapse.js";

/** The modules that a test may ask for, in the order in which they are configured. */
const MODULES = {
  PasswordSwitch: modulesOf("password-switch"),
  Switchboard: modulesOf("switchboard"),
  SecondModule: modulesOf("switchboard"),
  ServiceBoard: modulesOf("service-board"),
};
const UNLIMITED = { per_second: 10_000, burst_count: 10_000 };
const AS_TOKEN = "of-an-application-service";

export interface SwitchedOptions {
  /** By default a switchboard, one behind it, and one that lends its services. */
  readonly modules?: readonly (keyof typeof MODULES)[];
  /** Further modules, behind these. */
  readonly further?: readonly Entry[];
  /** Where the modules log; errors are printed by default. */
  readonly logger?: Logger;
  /** Further variables of Synapse's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A Synapse whose modules run in the process of the tests, which say what their callbacks do. */
export class SwitchedSynapse {
  #accounts = 0;

  private constructor(
    private readonly bridged: BridgedSynapse,
    private readonly served: ServedModules,
    private readonly entries: readonly Entry[],
  ) {}

  /** @param settings further keys of homeserver.yaml. */
  static async start(settings: object = {}, options: SwitchedOptions = {}): Promise<SwitchedSynapse> {
    const { modules = ["Switchboard", "SecondModule", "ServiceBoard"], further = [], env } = options;
    const { logger = createLogger({ level: "error" }) } = options;
    const bridged = await BridgedSynapse.create();
    const entries = [...modules.map((name) => ({ module: `${MODULES[name]}#${name}` })), ...further];
    await bridged.serve.configure(entries);
    const { configFile, socket } = bridged.serve;
    const served = await serve({ configFile, address: `unix:${socket}`, logger });
    const applicationService = join(bridged.directory, "application-service.yaml");
    await writeFile(
      applicationService,
      JSON.stringify({
        id: "tests",
        url: null,
        as_token: AS_TOKEN,
        hs_token: "of-the-homeserver",
        sender_localpart: "service",
        namespaces: { users: [], aliases: [{ exclusive: false, regex: "#service.*" }], rooms: [] },
      }),
    );
    const settingsOfAll = { app_service_config_files: [applicationService], rc_room_creation: UNLIMITED };
    const switched = new SwitchedSynapse(bridged, served, entries);
    try {
      await bridged.startSynapse({}, { ...settingsOfAll, ...settings }, env);
      await bridged.synapse.logged("Connected to ligand serve");
    } catch (error) {
      await switched.stop();
      throw error;
    }
    return switched;
  }

  get synapse(): RunningSynapse {
    return this.bridged.synapse;
  }

  /** A client without an access token. */
  get client(): MatrixClient {
    return this.bridged.client;
  }

  /** The user of an application service. */
  get service(): MatrixClient {
    return new MatrixClient(this.client.url, "@service:synapse.test", AS_TOKEN);
  }

  /** Reloads the modules with other keys of `operate:`, by the names of the classes. */
  async operate(keys: Readonly<Record<string, object>>): Promise<void> {
    await this.bridged.serve.configure(
      this.entries.map((entry) => ({ ...entry, operate: keys[entry.module.split("#")[1]!] ?? {} })),
    );
    await this.served.reload();
  }

  /** What `ligand serve` counted of a hook that one callback answers. */
  metric(name: string, hook: string): number | undefined {
    const line = this.served
      .metrics()
      .split("\n")
      .find((each) => each.startsWith(`${name}{`) && each.includes(`hook="${hook}"`));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")));
  }

  get databaseFile(): string {
    return join(this.bridged.directory, "homeserver.db");
  }

  /** A name that no account has yet. */
  newName(start = "user"): string {
    return `${start}${++this.#accounts}`;
  }

  /** A new account. */
  user(): Promise<MatrixClient> {
    return this.client.register(this.newName());
  }

  /** A new account of an administrator. */
  admin(): Promise<MatrixClient> {
    return this.client.registerAdmin(this.newName("admin"));
  }

  async stop(): Promise<void> {
    await this.bridged.stop();
    await this.served.stop();
  }
}
