import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../free-port.js";
import { SHARED_SECRET } from "./matrix-client.js";
import { untilExit } from "./until-exit.js";

/** The interpreter of the environment that `scripts/synapse/venv.mjs` makes. */
export const PYTHON = resolve(process.env["SYNAPSE_PYTHON"] ?? "synapse/.venv/bin/python");

/** A Synapse on SQLite in a directory of its own. */
export interface SynapseOptions {
  readonly directory: string;
  /** The entries of `modules:`. */
  readonly modules: readonly { readonly module: string; readonly config: object }[];
  /** Further keys of homeserver.yaml. */
  readonly settings?: object;
  /** How long it may take until it answers, in milliseconds. */
  readonly startTimeoutMs?: number | undefined;
  /** Further variables of its environment. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** One process of a Synapse whose configuration is written. */
export interface ProcessOptions {
  readonly directory: string;
  readonly configFiles: readonly string[];
  /** Where it answers. */
  readonly port: number;
  /** The name of a generic worker; the main process has none. */
  readonly name?: string;
  readonly startTimeoutMs?: number | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

export class RunningSynapse {
  private constructor(
    readonly url: string,
    readonly logFile: string,
    private readonly process: ChildProcess,
  ) {}

  /** Starts it, and waits until it answers. Rejects with its last words when it ends before. */
  static async start({ directory, modules, settings = {}, startTimeoutMs, env }: SynapseOptions) {
    await mkdir(directory, { recursive: true });
    const port = await freePort();
    const configFile = join(directory, "homeserver.yaml");
    // JSON is YAML.
    await writeFile(
      configFile,
      JSON.stringify({ ...(await homeserverConfig(directory, port)), modules, ...settings }, null, 2),
    );
    return RunningSynapse.run({ directory, configFiles: [configFile], port, startTimeoutMs, env });
  }

  /** Starts one process of a Synapse that is configured, and waits until it answers on a port. */
  static async run({ directory, configFiles, port, name, startTimeoutMs = 120_000, env }: ProcessOptions) {
    const logFile = join(directory, name === undefined ? "synapse.log" : `synapse-${name}.log`);
    const app = name === undefined ? "synapse.app.homeserver" : "synapse.app.generic_worker";
    const args = ["-m", app, ...configFiles.flatMap((file) => ["--config-path", file])];
    // It writes the file itself: what it logs before it answers is there when a test has the answer.
    await using log = await open(logFile, "a");
    const child = untilExit(
      spawn(PYTHON, args, { cwd: directory, env: { ...process.env, ...env }, stdio: ["ignore", log.fd, log.fd] }),
    );
    const synapse = new RunningSynapse(`http://127.0.0.1:${port}`, logFile, child);
    await synapse.#untilItAnswers(startTimeoutMs);
    return synapse;
  }

  get pid(): number {
    return this.process.pid!;
  }

  async log(): Promise<string> {
    return readFile(this.logFile, "utf8");
  }

  /** Waits until the log has a string. */
  async logged(text: string, timeoutMs = 120_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await this.log()).includes(text)) {
      if (Date.now() > deadline) throw new Error(`not logged within ${timeoutMs} ms: ${text}`);
      await setTimeout(50);
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill(signal);
    await ended;
  }

  async #untilItAnswers(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.process.exitCode !== null) {
        const last = (await this.log()).split("\n").slice(-30).join("\n");
        throw new Error(`Synapse ended with status ${this.process.exitCode}:\n${last}`);
      }
      try {
        if ((await fetch(`${this.url}/health`)).ok) return;
      } catch {
        // Not there yet.
      }
      if (Date.now() > deadline) {
        this.process.kill("SIGKILL");
        throw new Error(`Synapse does not answer after ${timeoutMs} ms; see ${this.logFile}`);
      }
      await setTimeout(100);
    }
  }
}

/** A homeserver.yaml for tests: SQLite, no limits of rates; nothing leads to its federation API. */
export async function homeserverConfig(directory: string, port: number): Promise<object> {
  const signingKey = join(directory, "signing.key");
  await writeFile(signingKey, `ed25519 a_test ${randomBytes(32).toString("base64").replace(/=+$/, "")}\n`);
  const logConfig = join(directory, "log.yaml");
  await writeFile(logConfig, JSON.stringify(LOG_CONFIG));
  const unlimited = { per_second: 10_000, burst_count: 10_000 };
  return {
    server_name: "synapse.test",
    public_baseurl: `http://127.0.0.1:${port}/`,
    pid_file: join(directory, "homeserver.pid"),
    signing_key_path: signingKey,
    log_config: logConfig,
    media_store_path: join(directory, "media"),
    listeners: [
      {
        port,
        type: "http",
        bind_addresses: ["127.0.0.1"],
        resources: [{ names: ["client", "federation", "metrics"] }],
      },
    ],
    database: { name: "sqlite3", args: { database: join(directory, "homeserver.db") } },
    // Without the pause of a second after each batch, a new Synapse is soon done.
    background_updates: { sleep_enabled: false },
    report_stats: false,
    enable_registration: true,
    enable_registration_without_verification: true,
    registration_shared_secret: SHARED_SECRET,
    macaroon_secret_key: randomBytes(16).toString("hex"),
    form_secret: randomBytes(16).toString("hex"),
    bcrypt_rounds: 4,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
    rc_joins: { local: unlimited, remote: unlimited },
    // Tests ask until Synapse has filled its directory.
    rc_user_directory: unlimited,
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
  };
}

const LOG_CONFIG = {
  version: 1,
  formatters: { line: { format: "%(asctime)s - %(name)s - %(levelname)s - %(request)s - %(message)s" } },
  handlers: { console: { class: "logging.StreamHandler", formatter: "line" } },
  root: { level: "INFO", handlers: ["console"] },
  disable_existing_loggers: false,
};
